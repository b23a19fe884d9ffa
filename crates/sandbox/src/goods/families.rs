//! The tables behind the catalogue: brands, nominals and what they cost. Plain data.

/// (brand, name, what a seller earns on each)
pub const OPERATORS: [(&str, &str, i64); 7] = [
    ("telkomsel", "Telkomsel", 250),
    ("indosat", "Indosat", 450),
    ("xl", "XL", 350),
    ("axis", "AXIS", 300),
    ("three", "Three", 150),
    ("smart", "Smartfren", 200),
    ("byu", "by.U", 400),
];
/// Thousands of rupiah.
pub const AIRTIME: [i64; 29] = [
    2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 25, 30, 35, 40, 50, 60, 70, 75, 80, 90, 100, 125, 150, 200, 250, 300, 500,
    1_000,
];
/// GB.
pub const QUOTAS: [i64; 20] = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 20, 25, 30, 35, 40, 50, 60, 75, 100];
/// (days, the smallest and the largest quota sold for so long, rupiah per GB)
pub const LIVES: [(i64, i64, i64, i64); 5] =
    [(1, 1, 5, 3_000), (3, 1, 12, 4_000), (7, 1, 30, 5_500), (14, 1, 40, 6_200), (30, 2, 100, 7_000)];
/// Packages with conditions of their own, which no other says in the same words: (name, price).
pub const PACKAGES: [(&str, i64); 12] = [
    ("Malam 10 GB 30 Hari", 32_500),
    ("Combo Sakti 20 GB + 60 Menit 30 Hari", 98_000),
    ("Unlimited Sosmed 7 Hari", 18_000),
    ("Weekly 7 GB", 29_500),
    ("Streaming 15 GB 30 Hari", 55_000),
    ("Gaming 5 GB 30 Hari", 30_500),
    ("Umroh 5 GB 12 Hari", 310_000),
    ("Kuota Belajar 10 GB 30 Hari", 10_500),
    ("Harian 500 MB", 4_200),
    ("Combo Lokal 12 GB 30 Hari", 48_000),
    ("Voucher Fisik 3 GB 5 Hari", 16_500),
    ("Nelpon 300 Menit 7 Hari", 21_000),
];
/// Thousands of rupiah.
pub const TOKENS: [i64; 7] = [20, 50, 100, 200, 250, 500, 1_000];
/// (brand, name, price over nominal)
pub const WALLETS: [(&str, &str, i64); 13] = [
    ("gopay", "GoPay", 1_050),
    ("ovo", "OVO", 1_000),
    ("dana", "DANA", 150),
    ("shopeepay", "ShopeePay", 600),
    ("linkaja", "LinkAja", 550),
    ("isaku", "i.Saku", 700),
    ("doku", "DOKU", 900),
    ("astrapay", "AstraPay", 500),
    ("grab", "Grab Driver", 1_200),
    ("gojek", "Gojek Driver", 1_100),
    ("maxim", "Maxim Driver", 800),
    ("indrive", "inDrive Driver", 850),
    ("sakuku", "Sakuku", 950),
];
/// Thousands of rupiah.
pub const WALLET_NOMINALS: [i64; 18] =
    [10, 15, 20, 25, 30, 40, 50, 60, 75, 100, 125, 150, 200, 250, 300, 400, 500, 1_000];

/// What a game's money is sold in.
pub const DIAMONDS: &[i64] = &[
    5, 12, 28, 50, 70, 86, 100, 110, 140, 172, 210, 257, 296, 355, 429, 514, 568, 706, 720, 878, 1_050, 1_412, 2_010,
    2_195,
];
pub const CRYSTALS: &[i64] = &[60, 330, 1_090, 2_240, 3_880, 8_080];
pub const COINS: &[i64] = &[32, 63, 80, 128, 160, 320, 420, 645, 800, 1_373, 2_060, 3_564];

/// (brand, name, unit, parts of the player's id, hundredths of a rupiah for one, how many are sold)
pub type Game = (&'static str, &'static str, &'static str, usize, i64, &'static [i64]);
pub const GAMES: [Game; 60] = [
    ("mobile_legend", "Mobile Legends", "Diamonds", 2, 27_270, DIAMONDS),
    ("free_fire", "Free Fire", "Diamonds", 1, 13_100, DIAMONDS),
    ("genshin", "Genshin Impact", "Genesis Crystals", 2, 20_700, CRYSTALS),
    ("honkai_star_rail", "Honkai Star Rail", "Oneiric Shards", 2, 20_500, CRYSTALS),
    ("pubg", "PUBG Mobile", "UC", 1, 23_600, COINS),
    ("cod_mobile", "Call of Duty Mobile", "CP", 1, 15_200, COINS),
    ("valorant", "Valorant", "Points", 1, 11_900, COINS),
    ("wild_rift", "Wild Rift", "Wild Cores", 1, 12_400, COINS),
    ("aov", "Arena of Valor", "Vouchers", 1, 24_100, DIAMONDS),
    ("point_blank", "Point Blank", "Cash", 1, 8_300, COINS),
    ("ragnarok_m", "Ragnarok M", "Big Cat Coins", 1, 31_000, DIAMONDS),
    ("lords_mobile", "Lords Mobile", "Gems", 1, 14_800, DIAMONDS),
    ("life_after", "LifeAfter", "Credits", 1, 21_700, COINS),
    ("speed_drifters", "Speed Drifters", "Gems", 1, 14_500, DIAMONDS),
    ("marvel_sw", "Marvel Super War", "Star Credits", 1, 26_300, COINS),
    ("light_of_thel", "Light of Thel", "Crystals", 1, 23_300, CRYSTALS),
    ("sausage_man", "Sausage Man", "Candies", 1, 15_900, COINS),
    ("super_sus", "Super Sus", "Goldstars", 1, 13_900, DIAMONDS),
    ("stumble_guys", "Stumble Guys", "Gems", 1, 9_400, COINS),
    ("clash_of_clans", "Clash of Clans", "Gems", 1, 16_200, DIAMONDS),
    ("clash_royale", "Clash Royale", "Gems", 1, 16_400, DIAMONDS),
    ("brawl_stars", "Brawl Stars", "Gems", 1, 68_000, DIAMONDS),
    ("tower_of_fantasy", "Tower of Fantasy", "Tanium", 1, 19_200, CRYSTALS),
    ("apex_mobile", "Apex Legends Mobile", "Syndicate Gold", 1, 15_100, COINS),
    ("eggy_party", "Eggy Party", "Eggy Coins", 1, 14_100, COINS),
    ("blood_strike", "Blood Strike", "Golds", 1, 13_300, COINS),
    ("honor_of_kings", "Honor of Kings", "Tokens", 1, 18_800, DIAMONDS),
    ("magic_chess", "Magic Chess GoGo", "Diamonds", 1, 26_900, DIAMONDS),
    ("arena_breakout", "Arena Breakout", "Bonds", 1, 14_900, COINS),
    ("delta_force", "Delta Force", "Delta Coins", 1, 16_700, COINS),
    ("fc_mobile", "FC Mobile", "FC Points", 1, 14_200, COINS),
    ("efootball", "eFootball", "Coins", 1, 13_700, COINS),
    ("growtopia", "Growtopia", "Gems", 1, 1_900, DIAMONDS),
    ("roblox", "Roblox", "Robux", 1, 19_900, COINS),
    ("identity_v", "Identity V", "Echoes", 1, 14_600, DIAMONDS),
    ("onmyoji", "Onmyoji Arena", "Jades", 1, 15_300, DIAMONDS),
    ("perfect_world", "Perfect World Mobile", "Ingots", 1, 26_000, DIAMONDS),
    ("dragon_raja", "Dragon Raja", "Coupons", 1, 21_100, DIAMONDS),
    ("rise_of_kingdoms", "Rise of Kingdoms", "Gems", 1, 7_700, DIAMONDS),
    ("state_of_survival", "State of Survival", "Biocaps", 1, 7_900, DIAMONDS),
    ("league_of_angels", "League of Angels", "Topaz", 1, 17_900, DIAMONDS),
    ("heroes_evolved", "Heroes Evolved", "Tokens", 1, 17_100, COINS),
    ("zepeto", "Zepeto", "Zems", 1, 48_000, DIAMONDS),
    ("bigo_live", "Bigo Live", "Beans", 1, 27_700, DIAMONDS),
    ("mico", "Mico Live", "Coins", 1, 1_500, COINS),
    ("likee", "Likee", "Likee Diamonds", 1, 26_500, DIAMONDS),
    ("hago", "Hago", "Hago Diamonds", 1, 5_500, DIAMONDS),
    ("domino", "Higgs Domino", "Chips", 1, 1_600, COINS),
    ("eight_ball", "8 Ball Pool", "Cash", 1, 55_000, DIAMONDS),
    ("asphalt", "Asphalt 9", "Tokens", 1, 9_900, COINS),
    ("crossfire", "CrossFire Legends", "CF Points", 1, 8_800, COINS),
    ("war_robots", "War Robots", "Gold", 1, 19_600, COINS),
    ("nikke", "NIKKE", "Gems", 1, 22_500, CRYSTALS),
    ("wuthering", "Wuthering Waves", "Lunites", 1, 20_800, CRYSTALS),
    ("zenless", "Zenless Zone Zero", "Monochromes", 1, 20_600, CRYSTALS),
    ("azur_lane", "Azur Lane", "Gems", 1, 23_900, CRYSTALS),
    ("arknights", "Arknights", "Originium", 1, 145_000, &[1, 6, 20, 40, 66, 130]),
    ("summoners_war", "Summoners War", "Summoner Crystals", 1, 15_800, CRYSTALS),
    ("seven_knights", "Seven Knights 2", "Rubies", 1, 19_300, CRYSTALS),
    ("undawn", "Undawn", "RC", 1, 21_900, COINS),
];

/// (brand, name), sold in [`VOUCHER_NOMINALS`] at what stands on them.
pub const VOUCHERS: [(&str, &str); 20] = [
    ("alfamart", "Alfamart Voucher"),
    ("indomaret", "Indomaret Voucher"),
    ("googleplay", "Google Play"),
    ("spotify", "Spotify Premium"),
    ("netflix", "Netflix"),
    ("viu", "Viu Premium"),
    ("vidio", "Vidio Premier"),
    ("wifiid", "Wifi.id"),
    ("itunes", "iTunes"),
    ("razer", "Razer Gold"),
    ("garena", "Garena Shell"),
    ("unipin", "UniPin"),
    ("megaxus", "Megaxus"),
    ("lyto", "Lyto"),
    ("psn", "PlayStation Store"),
    ("xbox", "Xbox Gift Card"),
    ("nintendo", "Nintendo eShop"),
    ("tokopedia", "Tokopedia Gift Card"),
    ("map", "MAP Voucher"),
    ("carrefour", "Carrefour Voucher"),
];
/// Thousands of rupiah.
pub const VOUCHER_NOMINALS: [i64; 9] = [10, 20, 25, 50, 100, 150, 200, 300, 500];
/// Thousands of rupiah; the price is a fifth more, and a fee.
pub const STEAM: [i64; 8] = [12, 45, 60, 90, 120, 250, 400, 600];

pub const WATER: [&str; 64] = [
    "Kota Surabaya",
    "Kota Medan",
    "Kota Bandung",
    "Kota Semarang",
    "Kota Makassar",
    "Kota Palembang",
    "Kota Malang",
    "Kota Bogor",
    "Kota Denpasar",
    "Kota Balikpapan",
    "Kota Samarinda",
    "Kota Banjarmasin",
    "Kota Pontianak",
    "Kota Padang",
    "Kota Pekanbaru",
    "Kota Jambi",
    "Kota Bengkulu",
    "Kota Surakarta",
    "Kota Yogyakarta",
    "Kota Cirebon",
    "Kota Tasikmalaya",
    "Kota Sukabumi",
    "Kota Tangerang",
    "Kota Depok",
    "Kota Kediri",
    "Kota Blitar",
    "Kota Madiun",
    "Kota Mojokerto",
    "Kota Pasuruan",
    "Kota Probolinggo",
    "Kota Manado",
    "Kota Palu",
    "Kota Kendari",
    "Kota Ambon",
    "Kota Mataram",
    "Kota Kupang",
    "Kabupaten Bandung",
    "Kabupaten Bogor",
    "Kabupaten Bekasi",
    "Kabupaten Karawang",
    "Kabupaten Garut",
    "Kabupaten Cianjur",
    "Kabupaten Kuningan",
    "Kabupaten Banyumas",
    "Kabupaten Cilacap",
    "Kabupaten Kebumen",
    "Kabupaten Klaten",
    "Kabupaten Boyolali",
    "Kabupaten Sragen",
    "Kabupaten Kudus",
    "Kabupaten Pati",
    "Kabupaten Jember",
    "Kabupaten Banyuwangi",
    "Kabupaten Lumajang",
    "Kabupaten Sidoarjo",
    "Kabupaten Gresik",
    "Kabupaten Lamongan",
    "Kabupaten Tuban",
    "Kabupaten Jombang",
    "Kabupaten Malang",
    "Kabupaten Sleman",
    "Kabupaten Bantul",
    "Kabupaten Buleleng",
    "Kabupaten Lombok Tengah",
];
/// (brand, name)
pub const LINES: [(&str, &str); 8] = [
    ("indihome", "IndiHome"),
    ("cbn", "CBN"),
    ("firstmedia", "First Media"),
    ("biznet", "Biznet Home"),
    ("myrepublic", "MyRepublic"),
    ("iconnet", "ICONNET"),
    ("oxygen", "Oxygen.id"),
    ("mncplay", "MNC Play"),
];
