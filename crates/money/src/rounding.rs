use crate::{Amount, Currency, MINOR_MAX, Money};

/// Why a product has no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("quantity times price is too large")]
pub struct ProductError;

/// `quantity` x `price` in `currency`, rounded half away from zero to the minor unit.
///
/// The only place where money is rounded: invoice lines that carry a quantity and a price with
/// more decimals than the currency. `3 x 0.125` USD is `0.38`, `-3 x 0.125` is `-0.38`.
///
/// # Errors
///
/// [`ProductError`] beyond [`MINOR_MAX`].
pub fn round_product(
    quantity: Amount,
    price: Amount,
    currency: Currency,
) -> Result<Money, ProductError> {
    let (quantity_digits, quantity_scale) = quantity.parts();
    let (price_digits, price_scale) = price.parts();
    let product = i128::from(quantity_digits)
        .checked_mul(i128::from(price_digits))
        .and_then(|product| product.checked_mul(10_i128.pow(u32::from(currency.decimals()))))
        .ok_or(ProductError)?;
    let divisor = 10_i128.pow(u32::from(quantity_scale) + u32::from(price_scale));
    let half = divisor / 2;
    let rounded = if product < 0 {
        (product.checked_sub(half).ok_or(ProductError)?) / divisor
    } else {
        (product.checked_add(half).ok_or(ProductError)?) / divisor
    };
    let minor = i64::try_from(rounded).map_err(|_| ProductError)?;
    if minor.abs() > MINOR_MAX {
        return Err(ProductError);
    }
    Ok(Money::from_minor(minor, currency))
}
