//! The letters of a document: as they come, each is given a code, and at the end the part of the font that has them goes
//! into the file, with what each code means, so that the text can be searched and copied.

#![expect(clippy::float_arithmetic, reason = "widths of letters")]

use std::collections::BTreeMap;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Filter, Finish, Name, Pdf, Rect, Ref, Str};
use subsetter::GlyphRemapper;
use ttf_parser::{Face, GlyphId};

/// DejaVu Sans Condensed: Latin, Greek, Cyrillic, Armenian, Georgian and many signs, its figures of one width. Its licence
/// lies beside it.
const FONT: &[u8] = include_bytes!("../../assets/fonts/DejaVuSansCondensed.ttf");
/// As it is called in the file: six letters say that it is a part (ISO 32000-1, 9.6.4).
const NAME: Name<'static> = Name(b"QUITTA+DejaVuSansCondensed");
const INFO: SystemInfo<'static> =
    SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };
/// Stands for every letter that cannot be set.
const REPLACEMENT: char = '\u{fffd}';

/// One letter that was written.
struct Letter {
    letter: char,
    /// Its glyph in the part of the font.
    glyph: u16,
    width: f32,
}

/// What was written so far, by code.
pub(super) struct Letters {
    face: Face<'static>,
    glyphs: GlyphRemapper,
    codes: BTreeMap<char, u16>,
    written: Vec<Letter>,
}

/// Where the parts of the font go in the file.
pub(super) struct Places {
    pub(super) font: Ref,
    pub(super) descendant: Ref,
    pub(super) descriptor: Ref,
    pub(super) file: Ref,
    pub(super) glyphs: Ref,
    pub(super) meaning: Ref,
}

/// Whether a letter is set as it stands: scripts that run from right to left, and Lao, whose signs go above and below others,
/// would be wrong that way, though the font has their glyphs.
const fn stands_alone(letter: char) -> bool {
    !matches!(
        letter as u32,
        0x0590..=0x08ff | 0x0e80..=0x0eff | 0xfb1d..=0xfdff | 0xfe70..=0xfeff | 0x1_0800..=0x1_0fff
            | 0x1_e800..=0x1_efff
    )
}

impl Letters {
    /// None of them yet; nothing if the font is broken.
    pub(super) fn new() -> Option<Self> {
        let face = Face::parse(FONT, 0).ok()?;
        let (glyphs, codes) = (GlyphRemapper::new(), BTreeMap::new());
        // The first code is that of no letter at all.
        let written = vec![Letter { letter: REPLACEMENT, glyph: 0, width: 0.0 }];
        Some(Self { face, glyphs, codes, written })
    }

    /// A text as codes.
    pub(super) fn codes(&mut self, text: &str) -> Vec<u8> {
        text.chars().flat_map(|letter| self.code(letter).to_be_bytes()).collect()
    }

    /// How wide a text is, of the size of the font.
    pub(super) fn width(&mut self, text: &str) -> f32 {
        let codes: Vec<u16> = text.chars().map(|letter| self.code(letter)).collect();
        let width = |code: u16| self.written.get(usize::from(code)).map_or(0.0, |it| it.width);
        codes.into_iter().map(width).sum::<f32>() / 1000.0
    }

    fn code(&mut self, letter: char) -> u16 {
        let letter = if letter.is_whitespace() { ' ' } else { letter };
        if let Some(code) = self.codes.get(&letter) {
            return *code;
        }
        let glyph = self.face.glyph_index(letter).filter(|_| stands_alone(letter));
        let code = match glyph {
            None if letter == REPLACEMENT => 0,
            None => self.code(REPLACEMENT),
            Some(glyph) => self.add(letter, glyph),
        };
        self.codes.insert(letter, code);
        code
    }

    fn add(&mut self, letter: char, glyph: GlyphId) -> u16 {
        let advance = f32::from(self.face.glyph_hor_advance(glyph).unwrap_or(0));
        let width = advance * 1000.0 / f32::from(self.face.units_per_em());
        let code = u16::try_from(self.written.len()).unwrap_or(0);
        self.written.push(Letter { letter, glyph: self.glyphs.remap(glyph.0), width });
        code
    }

    /// Writes the part of the font, and what the codes mean; nothing if the font is broken.
    pub(super) fn embed(&self, pdf: &mut Pdf, places: &Places) -> Option<()> {
        let part = subsetter::subset(FONT, 0, &self.glyphs).ok()?;
        let smaller = packed(&part)?;
        let mut file = pdf.stream(places.file, &smaller);
        file.filter(Filter::FlateDecode);
        file.pair(Name(b"Length1"), i32::try_from(part.len()).ok()?);
        file.finish();
        let glyphs: Vec<u8> = self.written.iter().flat_map(|it| it.glyph.to_be_bytes()).collect();
        pdf.stream(places.glyphs, &packed(&glyphs)?).filter(Filter::FlateDecode);
        let mut meaning = UnicodeCmap::new(Name(b"Letters"), INFO);
        for (code, it) in self.written.iter().enumerate().skip(1) {
            meaning.pair(u16::try_from(code).ok()?, it.letter);
        }
        pdf.cmap(places.meaning, &meaning.finish());
        pdf.type0_font(places.font)
            .base_font(NAME)
            .encoding_predefined(Name(b"Identity-H"))
            .descendant_font(places.descendant)
            .to_unicode(places.meaning);
        let mut descendant = pdf.cid_font(places.descendant);
        descendant.subtype(CidFontType::Type2).base_font(NAME).system_info(INFO);
        descendant.font_descriptor(places.descriptor).default_width(0.0);
        descendant.cid_to_gid_map_stream(places.glyphs);
        descendant.widths().consecutive(0, self.written.iter().map(|it| it.width));
        descendant.finish();
        self.describe(pdf, places);
        Some(())
    }

    fn describe(&self, pdf: &mut Pdf, places: &Places) {
        let scale = |units: i16| f32::from(units) * 1000.0 / f32::from(self.face.units_per_em());
        let bounds = self.face.global_bounding_box();
        pdf.font_descriptor(places.descriptor)
            .name(NAME)
            .flags(FontFlags::SYMBOLIC)
            .bbox(Rect::new(
                scale(bounds.x_min),
                scale(bounds.y_min),
                scale(bounds.x_max),
                scale(bounds.y_max),
            ))
            .italic_angle(0.0)
            .ascent(scale(self.face.ascender()))
            .descent(scale(self.face.descender()))
            .cap_height(scale(self.face.capital_height().unwrap_or(0)))
            .stem_v(80.0)
            .font_file2(places.file);
    }
}

/// Smaller.
pub(super) fn packed(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}
