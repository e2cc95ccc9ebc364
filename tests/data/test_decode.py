import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lightwell.data.decode import UnreadablePicture, decode_picture, decode_sized
from tests.data.pictures import photograph


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1"])
def test_every_mode_becomes_colour_or_grey(tmp_path, mode: str) -> None:
    file = tmp_path / "picture.png"
    photograph(mode=mode).save(file)
    assert decode_picture(file, image_size=16, colour="rgb").shape == (3, 16, 16)
    assert decode_picture(file, image_size=16, colour="grey").shape == (1, 16, 16)


def test_cmyk_keeps_its_colours(tmp_path) -> None:
    Image.new("RGB", (20, 20), (200, 30, 30)).convert("CMYK").save(tmp_path / "red.jpg", quality=95)
    red, green, blue = decode_picture(tmp_path / "red.jpg", image_size=8, colour="rgb").mean((1, 2))
    assert red > 180 and green < 60 and blue < 60


def test_sixteen_bits_are_scaled_and_not_cut(tmp_path) -> None:
    ramp = np.linspace(0, 65535, 256, dtype=np.uint16).reshape(16, 16)
    Image.fromarray(ramp).save(tmp_path / "deep.png")
    picture = decode_picture(tmp_path / "deep.png", image_size=16, colour="grey")
    np.testing.assert_allclose(picture[0].ravel(), np.arange(256), atol=1)


def test_a_camera_held_upright_is_turned_upright(tmp_path) -> None:
    picture = Image.new("RGB", (40, 20), "black")
    picture.paste("white", (0, 0, 20, 20))  # the left half
    exif = picture.getexif()
    exif[0x0112] = 6  # turn clockwise to view
    picture.save(tmp_path / "turned.jpg", exif=exif, quality=95)
    upright = decode_picture(tmp_path / "turned.jpg", image_size=16, colour="grey")[0]
    assert upright[:6].mean() > 240 and upright[-6:].mean() < 15


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "1"])
@pytest.mark.parametrize(("size", "longest_side", "shape"), [
    ((300, 200), 96, (64, 96, 3)), ((200, 300), 96, (96, 64, 3)),
    ((30, 20), 96, (64, 96, 3)), ((500, 3), 96, (1, 96, 3)),
])  # fmt: skip
def test_a_picture_gets_its_longest_side_in_its_own_proportions(tmp_path, mode, size, longest_side, shape) -> None:
    photograph(size=size, mode=mode).save(tmp_path / "picture.png")
    assert decode_sized(tmp_path / "picture.png", longest_side=longest_side).shape == shape


def test_a_camera_held_upright_is_upright_in_its_own_proportions_too(tmp_path) -> None:
    picture = photograph(size=(40, 20))
    exif = picture.getexif()
    exif[0x0112] = 6
    picture.save(tmp_path / "turned.jpg", exif=exif)
    assert decode_sized(tmp_path / "turned.jpg", longest_side=80).shape == (80, 40, 3)


def test_transparency_lies_on_white(tmp_path) -> None:
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    assert decode_picture(tmp_path / "clear.png", image_size=8, colour="rgb").min() == 255


def test_a_torn_file_is_named(tmp_path) -> None:
    file = tmp_path / "torn.jpg"
    photograph(size=(300, 200)).save(file)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(UnreadablePicture, match=r"torn\.jpg"):
        decode_picture(file, image_size=16, colour="rgb")


@settings(max_examples=20, deadline=None)
@given(st.binary(max_size=200))
def test_bytes_that_are_no_picture_are_named(tmp_path_factory, content: bytes) -> None:
    file = tmp_path_factory.mktemp("noise") / "noise.png"
    file.write_bytes(content)
    with pytest.raises(UnreadablePicture, match=r"noise\.png"):
        decode_picture(file, image_size=16, colour="rgb")
