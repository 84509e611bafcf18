//! Folders of images: one folder a class, PNG or JPEG, all of one size.

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use zune_jpeg::zune_core::bytestream::ZCursor;

use super::{Dataset, ImageShape, Values};
use crate::train::Error;

/// An image's size and its pixels, channel after channel.
struct Image {
    shape: ImageShape,
    pixels: Vec<u8>,
}

/// The folders in a folder, sorted by name.
pub(super) fn subfolders(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    Ok(entries(folder)?.into_iter().filter(|path| path.is_dir()).collect())
}

/// The visible entries of a folder, sorted by name.
pub(super) fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let read = || -> std::io::Result<Vec<PathBuf>> {
        std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect()
    };
    let mut paths =
        read().map_err(|source| Error::io(folder, "list the folder", source))?;
    paths.retain(|path| {
        path.file_name().is_some_and(|name| !name.as_encoded_bytes().starts_with(b"."))
    });
    paths.sort();
    Ok(paths)
}

/// Reads `folder/<class>/*.{png,jpg,jpeg}`. The classes are the folders in alphabetical order, or
/// `classes` where they are known.
pub(super) fn read(folder: &Path, classes: Option<&[String]>) -> Result<Dataset, Error> {
    let folders = subfolders(folder)?;
    let names: Vec<String> = folders
        .iter()
        .filter_map(|path| {
            path.file_name().map(|name| name.to_string_lossy().into_owned())
        })
        .collect();
    if classes.is_some_and(|classes| classes != names) {
        return Err(Error::file(
            folder,
            format!(
                "the classes here are {}, not those of the training folder",
                names.join(", ")
            ),
        ));
    }
    let mut files = Vec::new();
    for (label, folder) in folders.iter().enumerate() {
        let label =
            u16::try_from(label).map_err(|_| Error::file(folder, "too many classes"))?;
        files.extend(
            entries(folder)?
                .into_iter()
                .filter(|file| is_image(file))
                .map(|file| (file, label)),
        );
    }
    let Some((first, _)) = files.first() else {
        return Err(Error::file(
            folder,
            "no image in it: expected <class>/<image>.png or .jpg",
        ));
    };
    let shape = decode(first)?.shape;
    // Every image is decoded to its place: the set is in memory once.
    let mut pixels = vec![0; files.len() * shape.features()];
    pixels.par_chunks_exact_mut(shape.features()).zip(&files).try_for_each(
        |(place, (file, _))| {
            let image = decode(file)?;
            if image.shape != shape {
                return Err(odd_size(file, image.shape, shape));
            }
            place.copy_from_slice(&image.pixels);
            Ok(())
        },
    )?;
    let labels = files.iter().map(|&(_, label)| label).collect();
    let values = Values::Bytes { pixels, white: 255 };
    Dataset::new(values, shape.features(), labels, names, Some(shape))
        .map_err(|error| error.in_file(folder))
}

fn odd_size(file: &Path, found: ImageShape, first: ImageShape) -> Error {
    let say =
        |s: ImageShape| format!("{}×{} with {} channels", s.width, s.height, s.channels);
    Error::file(
        file,
        format!("the image is {}, the first one is {}", say(found), say(first)),
    )
    .help("bring all images to one size")
}

fn is_image(path: &Path) -> bool {
    path.extension().and_then(|extension| extension.to_str()).is_some_and(|extension| {
        matches!(extension.to_ascii_lowercase().as_str(), "png" | "jpg" | "jpeg")
    })
}

fn decode(path: &Path) -> Result<Image, Error> {
    let bytes = std::fs::read(path).map_err(|source| Error::io(path, "read", source))?;
    let decoded = if bytes.starts_with(b"\x89PNG") { png(&bytes) } else { jpeg(bytes) };
    decoded.map_err(|what| Error::file(path, format!("not a readable image: {what}")))
}

/// Larger images are not for a multilayer perceptron, and a header that announces one is a fault.
const MOST_PIXELS: usize = 1 << 22;

fn jpeg(bytes: Vec<u8>) -> Result<Image, String> {
    let mut decoder = zune_jpeg::JpegDecoder::new(ZCursor::new(bytes));
    decoder.decode_headers().map_err(|error| error.to_string())?;
    let (width, height) = decoder.dimensions().ok_or("it has no size")?;
    if width * height > MOST_PIXELS {
        return Err(format!("{width}×{height} pixels are too many"));
    }
    let data = decoder.decode().map_err(|error| error.to_string())?;
    planes(&data, width, height)
}

fn png(bytes: &[u8]) -> Result<Image, String> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(|error| error.to_string())?;
    let (width, height) = (reader.info().width as usize, reader.info().height as usize);
    if width.saturating_mul(height) > MOST_PIXELS {
        return Err(format!("{width}×{height} pixels are too many"));
    }
    let size = reader.output_buffer_size().ok_or("it is too large")?;
    let mut data = vec![0; size];
    let info = reader.next_frame(&mut data).map_err(|error| error.to_string())?;
    data.truncate(info.buffer_size());
    match info.color_type {
        png::ColorType::GrayscaleAlpha => planes(&without_alpha(&data, 2), width, height),
        png::ColorType::Rgba => planes(&without_alpha(&data, 4), width, height),
        _ => planes(&data, width, height),
    }
}

/// Drops the last of `channels` interleaved channels.
fn without_alpha(data: &[u8], channels: usize) -> Vec<u8> {
    data.chunks_exact(channels)
        .flat_map(|pixel| &pixel[..channels - 1])
        .copied()
        .collect()
}

/// From interleaved pixels to channel after channel.
fn planes(data: &[u8], width: usize, height: usize) -> Result<Image, String> {
    let count = width * height;
    let channels = data.len().checked_div(count).unwrap_or(0);
    if !matches!(channels, 1 | 3) || data.len() != channels * count {
        return Err(format!("{} bytes for {width}×{height} pixels", data.len()));
    }
    let pixels = interleaved_to_planes(data, channels);
    Ok(Image { shape: ImageShape { channels, height, width }, pixels })
}

/// From interleaved entries to channel after channel.
pub(super) fn interleaved_to_planes<T: Copy>(data: &[T], channels: usize) -> Vec<T> {
    (0..channels)
        .flat_map(|channel| data.iter().skip(channel).step_by(channels).copied())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write_png(path: &Path, width: u32, pixels: &[u8]) {
        let file = std::fs::File::create(path).unwrap();
        let mut encoder = png::Encoder::new(file, width, pixels.len() as u32 / 3 / width);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.write_header().unwrap().write_image_data(pixels).unwrap();
    }

    #[test]
    fn classes_are_folders_and_channels_become_planes() {
        let root = tempfile::tempdir().unwrap();
        for (class, colour) in [("red", [255, 0, 1]), ("blue", [0, 2, 255])] {
            std::fs::create_dir(root.path().join(class)).unwrap();
            write_png(&root.path().join(class).join("0.png"), 2, &colour.repeat(2));
        }
        let data = read(root.path(), None).unwrap();
        assert_eq!(data.classes(), ["blue", "red"]);
        let Values::Bytes { pixels, .. } = data.values() else { panic!() };
        assert_eq!(pixels, &[0, 0, 2, 2, 255, 255, 255, 255, 0, 0, 1, 1]);
    }

    #[test]
    fn a_broken_or_odd_image_is_named() {
        let root = tempfile::tempdir().unwrap();
        for class in ["a", "b"] {
            std::fs::create_dir(root.path().join(class)).unwrap();
            write_png(&root.path().join(class).join("0.png"), 2, &[1; 12]);
        }
        let odd = root.path().join("b").join("1.png");
        write_png(&odd, 1, &[1; 3]);
        let message = read(root.path(), None).unwrap_err().to_string();
        assert!(message.contains("1.png: the image is 1×1"), "{message}");
        for bytes in [&b"\x89PNG\r\n"[..], b"\xff\xd8\xff\xe0 nonsense", b""] {
            std::fs::write(&odd, bytes).unwrap();
            let message = read(root.path(), None).unwrap_err().to_string();
            assert!(message.contains("1.png: not a readable image"), "{message}");
        }
    }
}
