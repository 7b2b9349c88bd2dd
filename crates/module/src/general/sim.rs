//! The SIM card: PIN, PUK, and how often they may be wrong (27.007 8.3, 7.4, 7.5; D29). What is on a card
//! survives everything but another card.

use crate::{contract::SimCard, errors::cme};
use alloc::string::String;
use at::result::Cme;

/// How often a PIN may be wrong in a row.
const PIN_TRIES: u8 = 3;
/// How often a PUK may be wrong in a row.
const PUK_TRIES: u8 = 10;

/// A PIN and the PUK that sets it anew.
#[derive(Clone, Debug)]
pub struct Secret {
    pin: String,
    puk: &'static str,
    /// Wrong PINs that are left; at 0 only the PUK helps.
    pub pin_tries: u8,
    /// Wrong PUKs that are left; at 0 nothing helps.
    pub puk_tries: u8,
}

impl Secret {
    fn new(pin: &str, puk: &'static str) -> Secret {
        Secret { pin: pin.into(), puk, pin_tries: PIN_TRIES, puk_tries: PUK_TRIES }
    }

    /// Compares a PIN, and counts.
    fn verify(&mut self, pin: &str, blocked: Cme) -> Result<(), Cme> {
        if self.pin_tries == 0 {
            return Err(blocked);
        }
        if self.pin == pin {
            self.pin_tries = PIN_TRIES;
            Ok(())
        } else {
            self.pin_tries -= 1;
            Err(cme::WRONG_PASSWORD)
        }
    }

    /// Sets a new PIN by the PUK, and counts.
    fn unblock(&mut self, puk: &str, pin: &str) -> Result<(), Cme> {
        if self.puk_tries == 0 {
            return Err(cme::SIM_FAILURE);
        }
        if self.puk != puk {
            self.puk_tries -= 1;
            return Err(cme::WRONG_PASSWORD);
        }
        *self = Secret { pin: pin.into(), ..Secret::new("", self.puk) };
        Ok(())
    }
}

/// What a card wants before it works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardState {
    /// Nothing more.
    Ready,
    /// Its PIN.
    Pin,
    /// Its PUK and a new PIN.
    Puk,
    /// Nothing helps any more.
    Blocked,
}

/// A card in the holder.
#[derive(Clone, Debug)]
pub struct Card {
    /// Facility `SC`.
    pub pin1: Secret,
    /// Facility `P2`.
    pub pin2: Secret,
    /// The card asks for its PIN when it gets power.
    pub locked: bool,
    /// The PIN has been given since.
    verified: bool,
}

impl Card {
    /// A card that has just got power.
    pub fn new(card: &SimCard) -> Card {
        Card {
            pin1: Secret::new(card.pin.as_deref().unwrap_or("1234"), "12345678"),
            pin2: Secret::new("2345", "87654321"),
            locked: card.pin.is_some(),
            verified: false,
        }
    }

    /// Power off and on: the PIN has to be given again.
    pub fn reset(&mut self) {
        self.verified = false;
    }

    /// What the card wants.
    pub fn state(&self) -> CardState {
        match (self.pin1.pin_tries, self.pin1.puk_tries) {
            (0, 0) => CardState::Blocked,
            (0, _) => CardState::Puk,
            _ if self.locked && !self.verified => CardState::Pin,
            _ => CardState::Ready,
        }
    }

    /// `AT+CPIN`: the PIN, or the PUK with a new PIN.
    pub fn enter(&mut self, code: &str, new: Option<&str>) -> Result<(), Cme> {
        match (self.state(), new) {
            (CardState::Pin, None) => self.pin1.verify(code, cme::SIM_PUK)?,
            (CardState::Puk, Some(new)) => self.pin1.unblock(code, new)?,
            (CardState::Puk, None) => return Err(cme::SIM_PUK),
            (CardState::Blocked, _) => return Err(cme::SIM_FAILURE),
            (CardState::Ready, _) | (CardState::Pin, Some(_)) => return Err(cme::NOT_ALLOWED),
        }
        self.verified = true;
        Ok(())
    }

    /// `AT+CLCK="SC",0` and `1`. A lock that is as wanted already is refused, as cards do.
    pub fn lock(&mut self, on: bool, pin: &str) -> Result<(), Cme> {
        if self.locked == on {
            return Err(cme::NOT_ALLOWED);
        }
        self.pin1.verify(pin, cme::SIM_PUK)?;
        self.locked = on;
        self.verified = true;
        Ok(())
    }

    /// `AT+CPWD="SC"`. A card changes its PIN only while it asks for it.
    pub fn change_pin1(&mut self, old: &str, new: &str) -> Result<(), Cme> {
        if !self.locked {
            return Err(cme::NOT_ALLOWED);
        }
        self.pin1.verify(old, cme::SIM_PUK)?;
        self.pin1.pin = new.into();
        Ok(())
    }

    /// `AT+CPWD="P2"`.
    pub fn change_pin2(&mut self, old: &str, new: &str) -> Result<(), Cme> {
        self.pin2.verify(old, cme::SIM_PUK2)?;
        self.pin2.pin = new.into();
        Ok(())
    }
}

/// Is this a PIN: 4 to 8 digits?
pub(crate) fn is_pin(text: &str) -> bool {
    (4..=8).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locked() -> Card {
        Card::new(&SimCard { pin: Some("4711".into()) })
    }

    #[test]
    fn three_wrong_pins_and_ten_wrong_puks_block_the_card() {
        let mut card = locked();
        for left in [2, 1, 0] {
            assert_eq!(card.enter("0000", None), Err(cme::WRONG_PASSWORD));
            assert_eq!(card.pin1.pin_tries, left);
        }
        assert_eq!((card.state(), card.enter("4711", None)), (CardState::Puk, Err(cme::SIM_PUK)));
        for left in (0..10).rev() {
            assert_eq!(card.enter("00000000", Some("4711")), Err(cme::WRONG_PASSWORD));
            assert_eq!(card.pin1.puk_tries, left);
        }
        assert_eq!(card.state(), CardState::Blocked);
        assert_eq!(card.enter("12345678", Some("4711")), Err(cme::SIM_FAILURE));
    }

    #[test]
    fn a_right_pin_restores_the_tries_and_a_puk_sets_another() {
        let mut card = locked();
        assert!(card.enter("0000", None).is_err());
        card.enter("4711", None).unwrap();
        assert_eq!((card.pin1.pin_tries, card.state()), (3, CardState::Ready));
        card.reset();
        assert_eq!(card.state(), CardState::Pin);
        (0..3).for_each(|_| assert!(card.enter("0000", None).is_err()));
        card.enter("12345678", Some("0815")).unwrap();
        card.reset();
        card.enter("0815", None).unwrap();
    }

    #[test]
    fn the_lock_needs_the_pin() {
        let mut card = Card::new(&SimCard::default());
        assert_eq!(card.change_pin1("1234", "5678"), Err(cme::NOT_ALLOWED));
        assert_eq!(card.lock(false, "1234"), Err(cme::NOT_ALLOWED));
        assert_eq!(card.lock(true, "0000"), Err(cme::WRONG_PASSWORD));
        card.lock(true, "1234").unwrap();
        assert_eq!(card.state(), CardState::Ready);
        card.change_pin1("1234", "5678").unwrap();
        card.reset();
        card.enter("5678", None).unwrap();
        card.lock(false, "5678").unwrap();
        card.reset();
        assert_eq!(card.state(), CardState::Ready);
    }
}
