//! Settings that are not kept: a recipe stands in their place until somebody asks for them.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};

use super::{Landscape, catalog, draft::Draft};
use crate::{sync::lock, tenant::StoredObject};

/// Marks a recipe. No member of Graph is called so.
const RECIPE: &str = "$recipe";
/// The policies whose settings are at hand: pages of one policy follow each other.
const AT_HAND: usize = 16;

/// What stands for so many settings of a policy.
pub(super) fn recipe(draft: &Draft<'_>, count: usize) -> Value {
    let key = draft.landscape.key();
    json!({ RECIPE: { "key": key, "number": draft.number, "count": count, "day": 0 } })
}

/// Changes a setting of a policy, or the recipe of its settings; whether there was one to change.
pub(crate) fn edit(settings: &mut Value, day: u32) -> bool {
    if let Some(recipe) = settings.get_mut(RECIPE) {
        if let Some(changed) = recipe.get_mut("day") {
            *changed = json!(day);
        }
        return true;
    }
    let Some(list) = settings.as_array_mut() else {
        return false;
    };
    list.iter_mut().any(|setting| change(setting, day))
}

/// Gives a setting another value, if it is one that is chosen from a list.
fn change(setting: &mut Value, day: u32) -> bool {
    let value = setting.pointer_mut("/settingInstance/choiceSettingValue/value");
    if let Some(Value::String(choice)) = value {
        let definition = choice
            .rsplit_once('_')
            .map_or("", |(definition, _)| definition);
        *choice = format!("{definition}_{}", 4 + day);
        return true;
    }
    false
}

/// The settings of a recipe, if it is one.
fn made(recipe: &Value) -> Option<Value> {
    let recipe = recipe.get(RECIPE)?;
    let number = |name: &str| usize::try_from(recipe.get(name)?.as_u64()?).ok();
    let landscape = Landscape::bare(recipe.get("key")?.as_str()?);
    let mut draft = Draft::new(&landscape, "settings of a policy", number("number")?);
    let mut settings = catalog::settings(&mut draft, number("count")?);
    let day = recipe
        .get("day")?
        .as_u64()
        .and_then(|day| u32::try_from(day).ok())?;
    if day > 0 {
        edit(&mut settings, day);
    }
    Some(settings)
}

/// Makes settings, and keeps a few of them for the next page.
#[derive(Debug, Default)]
pub(crate) struct SettingsCache(Mutex<VecDeque<(Value, Arc<StoredObject>)>>);

impl SettingsCache {
    /// Puts the settings in the place of their recipe, for good.
    pub(crate) fn make(stored: &mut StoredObject) {
        if let Some(settings) = stored.parts.get_mut("settings")
            && let Some(made) = made(settings)
        {
            *settings = made;
        }
    }

    /// The object with its settings.
    pub(crate) fn whole(&self, stored: Arc<StoredObject>) -> Arc<StoredObject> {
        let Some(recipe) = stored
            .part("settings")
            .filter(|part| part.get(RECIPE).is_some())
        else {
            return stored;
        };
        let at_hand = lock(&self.0)
            .iter()
            .find(|(known, whole)| known == recipe && whole.object == stored.object)
            .map(|(_, whole)| Arc::clone(whole));
        if let Some(whole) = at_hand.filter(|whole| same_beside_settings(whole, &stored)) {
            return whole;
        }
        let mut whole = StoredObject::clone(&stored);
        Self::make(&mut whole);
        let whole = Arc::new(whole);
        let mut kept = lock(&self.0);
        kept.truncate(AT_HAND - 1);
        kept.push_front((recipe.clone(), Arc::clone(&whole)));
        whole
    }
}

/// An assignment may change while the marker stands still.
fn same_beside_settings(whole: &StoredObject, stored: &StoredObject) -> bool {
    whole.part("assignments") == stored.part("assignments")
}
