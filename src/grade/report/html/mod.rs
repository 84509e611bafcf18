//! Pages: one for the student, one for the class. No script, nothing from the network; a student's
//! text is shown as text, a formula as MathML.

mod class;
mod student;

use maud::{DOCTYPE, Markup, PreEscaped, html};

pub(super) use class::class;
pub(super) use student::page;

use crate::document::report::mathml;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:0 auto;\
padding:1rem;color:#1a1a1a;background:#fff}h1{font-size:1.6rem;line-height:1.25}code{background:\
#f2f2f2;padding:.1em .3em;overflow-wrap:anywhere}h2{font-size:1.2rem;border-top:1px solid #ccc;\
padding-top:.7rem;margin-top:1.6rem}table{border-collapse:collapse;width:100%}td,th{text-align:left;\
padding:.25rem .5rem;border-bottom:1px solid #ddd;vertical-align:top}ul{padding-left:0;list-style:\
none}li{margin:.5rem 0;padding-left:.8rem;border-left:3px solid #ccc}li.right{border-color:#0a6b2d}\
li.wrong,li.missing{border-color:#a61b1b}li.partly,li.open{border-color:#c08a20}span.right{color:\
#0a6b2d}span.wrong,span.missing{color:#a61b1b}span.partly,span.open,p.open{color:#8a5a00}.points{\
float:right;font-weight:400}.quote{margin:.1rem 0;padding:.15rem 0;overflow:auto hidden}.from{color:#666;font-size:\
.9em}math{font-size:1.1em;math-style:normal}.bar{height:.6rem;background:#e3e3e3;border-radius:.3rem;overflow:hidden}\
.bar div{height:100%;background:#0a6b2d}svg{width:100%;max-width:36rem}@media(prefers-color-scheme:\
dark){body{color:#eee;background:#181818}code{background:#2a2a2a}.from{color:#aaa}.bar{background:\
#333}span.right{color:#6fcf8f}span.wrong,span.missing{color:#ff8a80}span.partly,span.open,p.open{color:\
#ffc766}}";

const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

fn document(title: &str, body: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { (body) }
        }
    }
    .into_string()
}

/// A formula, or its source where it cannot be shown as one.
fn formula(latex: &str) -> Markup {
    match mathml(latex, false) {
        Some(rendered) => html! { (PreEscaped(rendered)) },
        None => html! { code { (latex) } },
    }
}

/// A text in which what stands between backticks is a formula or a piece of code.
fn prose(text: &str) -> Markup {
    html! {
        @for (number, piece) in text.split('`').enumerate() {
            @if number % 2 == 0 { (piece) }
            @else if piece.contains('\\') { (formula(piece)) }
            @else { code { (piece) } }
        }
    }
}
