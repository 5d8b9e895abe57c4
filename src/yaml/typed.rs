//! A tree into the types of a file, by serde: whatever does not fit is refused with its place.

use std::fmt::Display;

use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;

use super::mistake::{Mistake, listed};
use super::node::{Form, Key, Node, Place, Value, quoted};
use super::refusal::{Refusal, Words};

/// Reads a value of the type `T`; the first thing that does not fit is the mistake.
pub(crate) fn read<T: DeserializeOwned>(node: &Node) -> Result<T, Mistake> {
    T::deserialize(Reader(node)).map_err(|refusal| refusal.at(node.place).told())
}

/// A node that serde reads from.
#[derive(Clone, Copy)]
struct Reader<'n>(&'n Node);

impl<'n> Reader<'n> {
    fn refuse(self, message: impl Display) -> Refusal {
        let refusal: Refusal = de::Error::custom(message);
        refusal.at(self.0.place)
    }

    fn expected(self, what: &str) -> Refusal {
        self.refuse(format_args!("expected {what}, found {}", self.0.described()))
    }

    fn text(self) -> Result<&'n str, Refusal> {
        match &self.0.value {
            Value::Scalar { text, .. } => Ok(text),
            Value::Null | Value::List(_) | Value::Map(_) => Err(self.expected("a text")),
        }
    }

    /// Digits alone: no sign, no leading zero, no other base.
    fn number(self) -> Result<u64, Refusal> {
        match &self.0.value {
            Value::Scalar { text, form: Form::Plain | Form::Substituted } => {
                digits(text).ok_or_else(|| self.expected("a whole number"))
            }
            Value::Scalar { .. } | Value::Null | Value::List(_) | Value::Map(_) => {
                Err(self.expected("a whole number"))
            }
        }
    }

    fn here<T>(self, result: Result<T, Refusal>) -> Result<T, Refusal> {
        result.map_err(|refusal| refusal.at(self.0.place))
    }
}

fn digits(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number: &u64| number.to_string() == text)
}

macro_rules! numbers {
    ($($method:ident)*) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
            self.here(self.number().and_then(|number| visitor.visit_u64(number)))
        }
    )* };
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Refusal;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.here(match &self.0.value {
            Value::Null => visitor.visit_unit(),
            Value::Scalar { text, form: Form::Plain } => match digits(text) {
                Some(number) => visitor.visit_u64(number),
                None => visitor.visit_str(text),
            },
            Value::Scalar { text, form: Form::Text | Form::Substituted } => visitor.visit_str(text),
            Value::List(items) => visitor.visit_seq(Items(items.iter())),
            Value::Map(entries) => visitor.visit_map(Entries { left: entries.iter(), value: None }),
        })
    }

    numbers! { deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.here(self.text().and_then(|text| visitor.visit_str(text)))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match &self.0.value {
            Value::List(_) => self.deserialize_any(visitor),
            Value::Null | Value::Scalar { .. } | Value::Map(_) => Err(self.expected("a list")),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match &self.0.value {
            Value::Map(_) => self.deserialize_any(visitor),
            Value::Null | Value::Scalar { .. } | Value::List(_) => {
                Err(self.expected("a map of keys and values"))
            }
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        let words = Words::of(name);
        let chosen = match &self.0.value {
            Value::Scalar { text, .. } => Chosen { word: text, place: self.0.place, value: None },
            Value::Map(entries) => match entries.as_slice() {
                [(key, value)] => Chosen { word: &key.text, place: key.place, value: Some(value) },
                several => return Err(self.not_one(several, &words)),
            },
            Value::Null | Value::List(_) => return Err(self.expected(&format!("one {}", words.one))),
        };
        self.here(visitor.visit_enum(chosen).map_err(|refusal| refusal.about(&words)))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u128 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct
        identifier ignored_any
    }
}

impl Reader<'_> {
    /// The mark stands under the second of them: the first may be what was meant.
    fn not_one(self, entries: &[(Key, Node)], words: &Words) -> Refusal {
        let Words { whole, one } = words;
        let Some((second, _)) = entries.get(1) else {
            return self.refuse(format_args!("{whole} exactly one {one}, here is none"));
        };
        let names: Vec<String> = entries.iter().map(|(key, _)| quoted(&key.text)).collect();
        let several = listed(names.get(..6).unwrap_or(&names));
        let count = entries.len();
        let refusal: Refusal =
            de::Error::custom(format_args!("{whole} exactly one {one}, here are {count}: {several}"));
        refusal.at(second.place)
    }
}

/// The items of a list, one after another.
struct Items<'n>(std::slice::Iter<'n, Node>);

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Refusal;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Refusal> {
        let Some(item) = self.0.next() else { return Ok(None) };
        let reader = Reader(item);
        reader.here(seed.deserialize(reader)).map(Some)
    }
}

/// The entries of a map, a key and then its value.
struct Entries<'n> {
    left: std::slice::Iter<'n, (Key, Node)>,
    value: Option<&'n Node>,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Refusal;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Refusal> {
        let Some((key, value)) = self.left.next() else { return Ok(None) };
        self.value = Some(value);
        let word = StrDeserializer::<Refusal>::new(&key.text);
        seed.deserialize(word).map(Some).map_err(|refusal| refusal.at(key.place))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refusal> {
        let value =
            self.value.take().ok_or_else(|| -> Refusal { de::Error::custom("a value without a key") })?;
        let reader = Reader(value);
        reader.here(seed.deserialize(reader))
    }
}

/// The word that chooses a variant, and what stands behind it.
struct Chosen<'n> {
    word: &'n str,
    place: Place,
    value: Option<&'n Node>,
}

impl<'n> Chosen<'n> {
    fn value(&self) -> Result<Reader<'n>, Refusal> {
        self.value.map(Reader).ok_or_else(|| {
            let word = self.word;
            let refusal: Refusal =
                de::Error::custom(format_args!("\"{word}\" needs a value: {{ {word}: ... }}"));
            refusal.at(self.place)
        })
    }
}

impl<'de> EnumAccess<'de> for Chosen<'_> {
    type Error = Refusal;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Refusal> {
        let word = StrDeserializer::<Refusal>::new(self.word);
        let chosen = seed.deserialize(word).map_err(|refusal| refusal.at(self.place))?;
        Ok((chosen, self))
    }
}

impl<'de> VariantAccess<'de> for Chosen<'_> {
    type Error = Refusal;

    fn unit_variant(self) -> Result<(), Refusal> {
        if self.value.is_none() {
            return Ok(());
        }
        let refusal: Refusal =
            de::Error::custom(format_args!("\"{}\" takes no value: write the word alone", self.word));
        Err(refusal.at(self.place))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Refusal> {
        let reader = self.value()?;
        reader.here(seed.deserialize(reader))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Refusal> {
        self.value()?.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.value()?.deserialize_map(visitor)
    }
}
