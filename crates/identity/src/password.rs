//! Passwords: which are taken, and how they are kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::secret::{NoRandomness, hex, random};
use crate::user::UserName;

/// The fewest and the most characters (NIST SP 800-63B, 5.1.1).
const LENGTH: std::ops::RangeInclusive<usize> = 12..=128;
/// Passwords that everybody tries first and that are long enough; in lower case, one a line.
const COMMON: &str = include_str!("common_passwords.txt");
/// OWASP's parameters for Argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// So many are hashed at once, so that logging in cannot take all memory and all cores.
const AT_ONCE: usize = 2;
/// So many wait for their turn.
const WAITING: usize = 64;

/// Why a password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too short or too long.
    #[error(
        "a password has 12 to 128 characters; a few words that only you would put together do well"
    )]
    Length,
    /// Everybody tries it first.
    #[error("this password is among those that are tried first; choose another one")]
    Common,
    /// Whoever knows the name knows half of it.
    #[error("a password must not contain the user name; choose another one")]
    ContainsName,
}

/// Checks a new password by the rules of NIST SP 800-63B: its length, and that it is not easily guessed. There is
/// no rule about kinds of characters.
///
/// # Errors
///
/// [`PasswordError`].
pub fn check_password(user: &UserName, password: &str) -> Result<(), PasswordError> {
    if !LENGTH.contains(&password.chars().count()) {
        return Err(PasswordError::Length);
    }
    let small = password.to_lowercase();
    let mut characters = small.chars();
    let first = characters.next();
    let one_character = characters.all(|character| Some(character) == first);
    if one_character || COMMON.lines().any(|common| common == small) {
        return Err(PasswordError::Common);
    }
    // The part before an @ is a name, too. Very short names are in everything.
    let local = user.as_str().split('@').next().unwrap_or_default();
    if [user.as_str(), local].iter().any(|name| name.len() >= 3 && small.contains(name)) {
        return Err(PasswordError::ContainsName);
    }
    Ok(())
}

/// Too many wait already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy;

/// A place among those whose password is looked at, or waits for its turn.
#[derive(Debug)]
pub struct Place(#[expect(dead_code, reason = "it is only held")] OwnedSemaphorePermit);

/// Hashes and verifies passwords, a few at a time.
#[derive(Debug)]
pub struct Hasher {
    turns: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    verified: AtomicU64,
}

impl Default for Hasher {
    fn default() -> Self {
        let (turns, queue) = (Semaphore::new(AT_ONCE), Semaphore::new(AT_ONCE + WAITING));
        Self { turns: Arc::new(turns), queue: Arc::new(queue), verified: AtomicU64::new(0) }
    }
}

impl Hasher {
    /// How many passwords were verified so far, those of nobody included.
    pub fn verified(&self) -> u64 {
        self.verified.load(Ordering::Relaxed)
    }

    /// A place, at once or not at all. Whoever has one may do what is worth doing only if the password is looked at.
    ///
    /// # Errors
    ///
    /// [`Busy`] if too many wait.
    pub fn place(&self) -> Result<Place, Busy> {
        Arc::clone(&self.queue).try_acquire_owned().map(Place).map_err(|_| Busy)
    }

    /// Hashes a new password.
    ///
    /// # Errors
    ///
    /// [`Busy`] if too many wait.
    pub async fn hash(&self, password: String) -> Result<Result<String, NoRandomness>, Busy> {
        let place = self.place()?;
        self.work(place, move || hash(&password)).await
    }

    /// Whether `password` is the one that `stored` was made from. Without `stored` there is nobody to log in; the
    /// same work is done, and the answer is no.
    ///
    /// # Errors
    ///
    /// [`Busy`] if the work was cut off.
    pub async fn verify(
        &self,
        place: Place,
        password: String,
        stored: Option<String>,
    ) -> Result<bool, Busy> {
        self.verified.fetch_add(1, Ordering::Relaxed);
        self.work(place, move || match stored {
            Some(stored) => verify(&password, &stored),
            None => {
                verify(&password, NOBODY);
                false
            }
        })
        .await
    }

    async fn work<T: Send + 'static>(
        &self,
        place: Place,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| Busy)?;
        // The turn goes with the work, also if whoever asked has gone.
        let done = tokio::task::spawn_blocking(move || {
            let done = job();
            drop((place, turn));
            done
        });
        done.await.map_err(|_| Busy)
    }
}

/// The hash of no password at all, with the parameters of the others.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGF0IGFsbA$\
                      xF8pTsCeOpyZUgTL5rSSUcJ2Fhs5PuzL8kZ6CEK2m8Q";

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash(password: &str) -> Result<String, NoRandomness> {
    let salt = random::<16>()?;
    argon2()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map(|hash| hash.to_string())
        .map_err(|error| NoRandomness(error.to_string()))
}

fn verify(password: &str, stored: &str) -> bool {
    PasswordHash::new(stored)
        .is_ok_and(|stored| argon2().verify_password(password.as_bytes(), &stored).is_ok())
}

/// A password for somebody else, to be changed at the first login: 100 bits, in groups.
///
/// # Errors
///
/// [`NoRandomness`].
pub fn generated() -> Result<String, NoRandomness> {
    let digits = hex(&random::<13>()?);
    let groups: Vec<&str> = (0..5).filter_map(|at| digits.get(at * 5..at * 5 + 5)).collect();
    Ok(groups.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_long_not_common_and_not_the_name() {
        let ada = UserName::try_new("ada.lovelace@example.com").unwrap();
        let check = |password: &str| check_password(&ada, password);
        assert_eq!(check("elevenchars"), Err(PasswordError::Length));
        assert_eq!(check(&"ab".repeat(65)), Err(PasswordError::Length));
        assert_eq!(check("my Ada.Lovelace secret"), Err(PasswordError::ContainsName));
        for common in ["password1234", "PASSWORD1234", "aaaaaaaaaaaaaaaa", "123456789012"] {
            assert_eq!(check(common), Err(PasswordError::Common), "{common}");
        }
        // Neither digits nor capitals are wanted, and any character will do.
        for good in [
            "correct horse battery",
            "ünïcödé wörds",
            &"☃".repeat(6).repeat(2).replacen('☃', "x", 1),
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        assert_eq!(check_password(&ada, &generated().unwrap()), Ok(()));
        let al = UserName::try_new("al").unwrap();
        assert_eq!(check_password(&al, "international rules"), Ok(()));
    }

    #[test]
    fn a_hash_tells_its_parameters_and_only_its_password_fits() {
        let stored = hash("correct horse battery").unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(verify("correct horse battery", &stored));
        assert!(!verify("correct horse batterx", &stored) && !verify("x", "no hash"));
        assert!(PasswordHash::new(NOBODY).is_ok(), "nobody costs what everybody costs");
    }
}
