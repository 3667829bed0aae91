//! `image`: what nodes pull, and how to have it in a registry of one's own.

use lbprobe_analysis::text;

use crate::error::Error;
use crate::exit::Exit;
use crate::probes::carried_sizes;
use crate::terminal::{Form, Ink, language, print};

/// Shows the image's name, and what nodes are sent that cannot pull it.
pub(crate) fn show_image(reference: &str) -> Result<Exit, Error> {
    print(&text::probe_image(reference, &carried_sizes(), language()), Form::Text(Ink::Plain))?;
    Ok(Exit::Healthy)
}
