//! The release archives in `dist/`, as `make test-dist` has built them twice: the same bytes, valid for krew and installed by
//! it for each platform, checked as far as they can be without their system, and run against a lab where they can.
#![allow(clippy::unwrap_used, reason = "a test ends where it fails")]
#![allow(clippy::print_stdout, reason = "sizes and times are for the table in the documentation")]

mod archives;
mod installed;
mod mach_o;
mod running;
