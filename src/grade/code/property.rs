//! The properties of a module that are scored one by one.

use serde::{Deserialize, Serialize};

use super::subject::Subject;

/// A property that is scored by itself.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Property {
    /// The forward pass has the right values.
    Forward,
    /// The gradient by the input has the right values.
    InputGradient,
    /// The gradient by the weights has the right values.
    WeightGradient,
    /// The gradient by the bias has the right values.
    BiasGradient,
    /// Every gradient has the shape of its object, and the output its own.
    Shapes,
    /// Double precision in, double precision out.
    Precision,
    /// A batch of one sample works.
    BatchOfOne,
    /// A second call, with another batch size, depends on nothing of the first.
    SecondCall,
    /// Neither the arguments nor the parameters are changed by a call.
    NoMutation,
    /// Inputs of ±10⁴ give finite, right values.
    LargeInputs,
    /// Zero probabilities away from the target give the right loss and gradient; at the target
    /// nothing becomes NaN.
    ZeroProbability,
}

impl Property {
    /// What a report calls it.
    pub fn title(self) -> &'static str {
        match self {
            Property::Forward => "forward pass",
            Property::InputGradient => "gradient by the input",
            Property::WeightGradient => "gradient by the weights",
            Property::BiasGradient => "gradient by the bias",
            Property::Shapes => "shapes",
            Property::Precision => "precision kept",
            Property::BatchOfOne => "batch of one",
            Property::SecondCall => "second call",
            Property::NoMutation => "arguments left unchanged",
            Property::LargeInputs => "large inputs",
            Property::ZeroProbability => "probability zero",
        }
    }

    /// The name in an assignment's weights, in the results and in reports: `bias-gradient`.
    pub fn tag(self) -> &'static str {
        match self {
            Property::Forward => "forward",
            Property::InputGradient => "input-gradient",
            Property::WeightGradient => "weight-gradient",
            Property::BiasGradient => "bias-gradient",
            Property::Shapes => "shapes",
            Property::Precision => "precision",
            Property::BatchOfOne => "batch-of-one",
            Property::SecondCall => "second-call",
            Property::NoMutation => "no-mutation",
            Property::LargeInputs => "large-inputs",
            Property::ZeroProbability => "zero-probability",
        }
    }

    /// Its weight where the assignment does not say otherwise.
    pub fn weight(self) -> u32 {
        match self {
            Property::InputGradient | Property::WeightGradient => 4,
            Property::Forward => 3,
            Property::BiasGradient => 2,
            _ => 1,
        }
    }

    /// The properties of a module, in the order of a report.
    pub fn of(subject: Subject) -> Vec<Property> {
        let mut all = vec![Property::Forward, Property::InputGradient];
        if subject.has_parameters() {
            all.extend([Property::WeightGradient, Property::BiasGradient]);
        }
        all.extend([
            Property::Shapes,
            Property::Precision,
            Property::BatchOfOne,
            Property::SecondCall,
            Property::NoMutation,
        ]);
        if !matches!(subject, Subject::Linear | Subject::CrossEntropy) {
            all.push(Property::LargeInputs);
        }
        if subject == Subject::CrossEntropy {
            all.push(Property::ZeroProbability);
        }
        all
    }

    /// The property with the given tag.
    pub fn from_tag(tag: &str) -> Option<Property> {
        use Property::*;
        [
            Forward,
            InputGradient,
            WeightGradient,
            BiasGradient,
            Shapes,
            Precision,
            BatchOfOne,
            SecondCall,
            NoMutation,
            LargeInputs,
            ZeroProbability,
        ]
        .into_iter()
        .find(|property| property.tag() == tag)
    }
}
