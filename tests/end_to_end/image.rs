//! An image that cannot be pulled.

use std::time::Duration;

use crate::harness::{faulty_lab, nothing_left, run_gateway};

#[test]
fn an_image_that_cannot_be_pulled_is_told_at_once() {
    let lab = faulty_lab();
    let ran = run_gateway(&lab, &["--image", "registry.invalid/none:1"]);
    ran.expect(4, &["INCONCLUSIVE", "the probe's image cannot be pulled", "hint: --image and --image-pull-secret"])
        .within(Duration::from_secs(15));
    nothing_left(&lab);
}
