//! What ECPay issued to pay into, as notices and replies name it (ECPay AIO docs, PaymentInfoURL and QueryPaymentInfo). Pure.

use domain::{Instructions, PayCode, Private};
use ports::gateway::Issued;

use crate::error::Unreadable;
use crate::map;
use crate::method::{BARCODE_LAG, CODE_LAG};
use crate::wire::Fields;

/// `RtnCode` of an account…
const ACCOUNT: &str = "2";
/// …and of a store's code or barcodes.
const STORE: &str = "10100073";
/// `vAccount`, `PaymentNo` and each barcode take at most so many characters.
const ACCOUNT_LONGEST: usize = 16;
const STORE_CODE_LONGEST: usize = 14;
const BARCODE_LONGEST: usize = 20;

/// These codes are successes, and no payment.
pub fn is_issued(code: &str) -> bool {
    matches!(code, ACCOUNT | STORE)
}

/// `PaymentType` of what is paid by a code: `ATM_BOT`, `CVS_FAMILY`, `BARCODE_BARCODE`.
pub fn is_code(payment_type: &str) -> bool {
    ["ATM_", "CVS_", "BARCODE_"].iter().any(|family| payment_type.starts_with(family))
}

/// Reads what was issued from fields whose signature was verified. Their values are of one case, because the signature does not
/// see letters.
pub fn read(code: &str, fields: &Fields) -> Result<Issued, Unreadable> {
    let until = fields.required("ExpireDate")?;
    if code == ACCOUNT {
        let bank = map::bank(fields.required("BankCode")?)?;
        let account = Private::new(map::pay_code("vAccount", fields.required("vAccount")?, ACCOUNT_LONGEST)?);
        let code = PayCode::VirtualAccount { bank, account };
        return Ok(Issued {
            instructions: Instructions { code, payable_until: map::end_of_day(until)? },
            lag: CODE_LAG,
        });
    }
    let payable_until = map::moment(until)?;
    // A store's code comes with three empty barcodes, barcodes without a code.
    match fields.optional("PaymentNo")?.filter(|number| !number.is_empty()) {
        Some(number) => {
            let number = Private::new(map::pay_code("PaymentNo", number, STORE_CODE_LONGEST)?);
            Ok(Issued { instructions: Instructions { code: PayCode::StoreCode(number), payable_until }, lag: CODE_LAG })
        }
        None => {
            let one = |name| Ok(Private::new(map::pay_code(name, fields.required(name)?, BARCODE_LONGEST)?));
            let code = PayCode::Barcodes([one("Barcode1")?, one("Barcode2")?, one("Barcode3")?]);
            Ok(Issued { instructions: Instructions { code, payable_until }, lag: BARCODE_LAG })
        }
    }
}
