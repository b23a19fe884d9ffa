//! Who makes what is sold, and under which words suppliers list it. Data only: a new game is one line here.
//!
//! An alias is written as the words it is split into (`by.U` is `by u`, `IM3` is `im 3`). It must mean this brand and nothing
//! else among goods of its kind. A word that narrows what is bought (a region, a zone, "driver", "transfer", "Flash") is no
//! alias and no filler: its line is another article.

/// One operator, wallet, game or shop.
#[derive(Debug, PartialEq, Eq)]
pub struct Brand {
    /// In ids.
    pub slug: &'static str,
    /// As customers read it.
    pub name: &'static str,
    /// As suppliers write it.
    pub aliases: &'static [&'static str],
}

/// A game with what is bought in it.
#[derive(Debug, PartialEq, Eq)]
pub struct Game {
    pub brand: Brand,
    pub units: &'static [Unit],
}

/// What a game counts in. The same word may be counted in several games.
#[derive(Debug, PartialEq, Eq)]
pub struct Unit {
    /// In ids.
    pub slug: &'static str,
    /// As customers read it.
    pub name: &'static str,
    /// As suppliers write it behind a number.
    pub aliases: &'static [&'static str],
}

const fn brand(slug: &'static str, name: &'static str, aliases: &'static [&'static str]) -> Brand {
    Brand { slug, name, aliases }
}

const fn unit(slug: &'static str, name: &'static str, aliases: &'static [&'static str]) -> Unit {
    Unit { slug, name, aliases }
}

const fn game(
    slug: &'static str,
    name: &'static str,
    aliases: &'static [&'static str],
    units: &'static [Unit],
) -> Game {
    Game { brand: brand(slug, name, aliases), units }
}

/// Mobile operators. `TSEL`, `TLKM`, `ISAT` are the trade's short forms.
pub const OPERATORS: &[Brand] = &[
    brand("telkomsel", "Telkomsel", &["telkomsel", "tsel", "tlkm"]),
    brand("byu", "by.U", &["by u", "byu"]),
    brand("indosat", "Indosat", &["indosat", "isat", "indosat ooredoo", "indosat im 3", "im 3", "im 3 ooredoo"]),
    brand("xl", "XL", &["xl", "xl axiata"]),
    brand("axis", "AXIS", &["axis"]),
    brand("three", "Three", &["three", "tri", "3 three", "3 tri"]),
    brand("smartfren", "Smartfren", &["smartfren", "smart fren"]),
];

/// Wallets that are filled by phone number. Cards (Mandiri e-Toll, Brizzi, TapCash, Flazz) are not: their target is no phone
/// number, and neither are drivers' accounts.
pub const WALLETS: &[Brand] = &[
    brand("gopay", "GoPay", &["gopay", "go pay"]),
    brand("ovo", "OVO", &["ovo"]),
    brand("dana", "DANA", &["dana"]),
    brand("shopeepay", "ShopeePay", &["shopeepay", "shopee pay"]),
    brand("linkaja", "LinkAja", &["linkaja", "link aja"]),
    brand("isaku", "i.saku", &["isaku", "i saku"]),
    brand("doku", "DOKU", &["doku"]),
    brand("astrapay", "AstraPay", &["astrapay", "astra pay"]),
];

/// Codes that are worth an amount of rupiah.
pub const VOUCHERS: &[Brand] = &[
    brand("alfamart", "Alfamart Voucher", &["alfamart"]),
    brand("indomaret", "Indomaret Voucher", &["indomaret"]),
    brand("google-play", "Google Play", &["google play", "googleplay"]),
    brand("steam-wallet", "Steam Wallet", &["steam wallet", "steam"]),
];

const DIAMONDS: Unit = unit("diamonds", "Diamonds", &["diamonds", "diamond"]);
const GEMS: Unit = unit("gems", "Gems", &["gems", "gem"]);

/// Games that are filled by the player's id.
pub const GAMES: &[Game] = &[
    game(
        "mobile-legends",
        "Mobile Legends",
        &["mobile legends", "mobile legend", "mobilelegends", "mobilelegend", "mobile legends bang bang", "mlbb", "ml"],
        &[DIAMONDS],
    ),
    game("free-fire", "Free Fire", &["free fire", "freefire", "garena free fire", "ff"], &[DIAMONDS]),
    game("lords-mobile", "Lords Mobile", &["lords mobile"], &[DIAMONDS]),
    game(
        "genshin-impact",
        "Genshin Impact",
        &["genshin impact", "genshin"],
        &[unit("genesis-crystals", "Genesis Crystals", &["genesis crystals", "genesis crystal"])],
    ),
    game(
        "honkai-star-rail",
        "Honkai Star Rail",
        &["honkai star rail", "hsr"],
        &[unit("oneiric-shards", "Oneiric Shards", &["oneiric shards", "oneiric shard"])],
    ),
    game("pubg-mobile", "PUBG Mobile", &["pubg mobile", "pubgm"], &[unit("uc", "UC", &["uc", "unknown cash"])]),
    game(
        "call-of-duty-mobile",
        "Call of Duty Mobile",
        &["call of duty mobile", "cod mobile", "codm"],
        &[unit("cp", "CP", &["cp", "cod points"])],
    ),
    game(
        "valorant",
        "Valorant",
        &["valorant"],
        &[unit("vp", "VP", &["vp", "valorant points", "valorant point", "points"])],
    ),
    game(
        "honor-of-kings",
        "Honor of Kings",
        &["honor of kings", "hok"],
        &[unit("tokens", "Tokens", &["tokens", "token"])],
    ),
    game(
        "arena-of-valor",
        "Arena of Valor",
        &["arena of valor", "garena aov", "aov"],
        &[unit("vouchers", "Vouchers", &["vouchers", "voucher"])],
    ),
    game(
        "point-blank",
        "Point Blank",
        &["point blank"],
        &[unit("cash", "Cash", &["pb cash", "point blank cash", "cash"])],
    ),
    game(
        "ragnarok-m-eternal-love",
        "Ragnarok M Eternal Love",
        &["ragnarok m eternal love"],
        &[unit("big-cat-coins", "Big Cat Coins", &["bcc", "big cat coins", "big cat coin"])],
    ),
    game(
        "league-of-legends-wild-rift",
        "League of Legends Wild Rift",
        &["league of legends wild rift", "wild rift"],
        &[unit("wild-cores", "Wild Cores", &["wild cores", "wild core"])],
    ),
    game("speed-drifters", "Speed Drifters", &["speed drifters"], &[DIAMONDS]),
    game("hago", "Hago", &["hago"], &[DIAMONDS]),
    game(
        "marvel-super-war",
        "Marvel Super War",
        &["marvel super war"],
        &[unit("star-credits", "Star Credits", &["star credits", "star credit"])],
    ),
    game(
        "lifeafter",
        "LifeAfter",
        &["lifeafter", "life after", "lifeafter credits"],
        &[unit("credits", "Credits", &["credits", "credit"])],
    ),
    game("sausage-man", "Sausage Man", &["sausage man"], &[unit("candies", "Candies", &["candies", "candy"])]),
    game("dragon-raja", "Dragon Raja", &["dragon raja"], &[unit("coupons", "Coupons", &["coupons", "coupon"])]),
    game("clash-of-clans", "Clash of Clans", &["clash of clans", "coc"], &[GEMS]),
    game("clash-royale", "Clash Royale", &["clash royale"], &[GEMS]),
    game("brawl-stars", "Brawl Stars", &["brawl stars"], &[GEMS]),
    game("identity-v", "Identity V", &["identity v"], &[unit("echoes", "Echoes", &["echoes", "echo"])]),
];

/// Internet lines that are paid by bill.
pub const INTERNET: &[Brand] = &[
    brand("indihome", "IndiHome", &["indihome", "telkom indihome", "telkom speedy indihome", "speedy indihome"]),
    brand("biznet-home", "Biznet Home", &["biznet home"]),
    brand("first-media", "First Media", &["first media", "firstmedia"]),
    brand("iconnet", "ICONNET", &["iconnet", "icon net", "pln iconnet"]),
    brand("myrepublic", "MyRepublic", &["myrepublic", "my republic"]),
    brand("cbn", "CBN", &["cbn"]),
];

/// Words that say nothing about which article it is, by kind of goods. Short on purpose: what is not here makes a line an
/// article of its supplier alone. Not here although tempting: "transfer", "gift", "promo", "reguler" of data (Telkomsel sells
/// a family of that name), "nasional", "unlimited", "24 jam", "bulanan", "customer", "max", and in
/// games "indonesia" and "id".
pub mod filler {
    /// `umum` is Digiflazz's type of what has no special terms.
    pub const AIRTIME: &[&str] = &[
        "pulsa", "reguler", "regular", "prabayar", "prepaid", "elektrik", "isi", "ulang", "top", "up", "topup",
        "nominal", "umum",
    ];
    pub const DATA: &[&str] =
        &["data", "paket", "internet", "kuota", "quota", "masa", "aktif", "berlaku", "prabayar", "prepaid", "umum"];
    /// With how to type the target: `masukkan nomor meter/id pelanggan`.
    pub const PLN_TOKEN: &[&str] = &[
        "pln",
        "token",
        "listrik",
        "prabayar",
        "prepaid",
        "pulsa",
        "stroom",
        "strum",
        "nominal",
        "umum",
        "masukkan",
        "masukan",
        "nomor",
        "no",
        "meter",
        "id",
        "pelanggan",
    ];
    /// With how to type the target: `Topup saldo Go-Pay langsung ke nomor HP tujuan Anda`.
    pub const WALLET: &[&str] = &[
        "saldo",
        "top",
        "up",
        "topup",
        "isi",
        "ulang",
        "e",
        "money",
        "emoney",
        "wallet",
        "ewallet",
        "uang",
        "elektronik",
        "nominal",
        "umum",
        "masukkan",
        "masukan",
        "langsung",
        "ke",
        "nomor",
        "no",
        "hp",
        "tujuan",
        "anda",
    ];
    /// An amount of rupiah is good in Indonesia and nowhere else.
    pub const VOUCHER: &[&str] = &[
        "voucher",
        "gift",
        "card",
        "giftcard",
        "kode",
        "code",
        "digital",
        "nominal",
        "umum",
        "indonesia",
        "region",
        "idr",
    ];
    pub const GAME: &[&str] = &["game", "games", "top", "up", "topup", "umum"];
    pub const PLN_BILL: &[&str] =
        &["listrik", "tagihan", "pascabayar", "pasca", "bayar", "postpaid", "bill", "bulanan"];
    pub const BPJS: &[&str] = &["tagihan", "iuran", "pascabayar", "pasca", "bayar", "postpaid"];
    pub const INTERNET: &[&str] = &["internet", "tagihan", "pascabayar", "pasca", "bayar", "postpaid", "wifi"];
}
