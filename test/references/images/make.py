# Makes the pictures that image files are tested with, and what is in them according to Pillow: <name> and <name>.rgb, packed red,
# green and blue of what the picture looks like the right way up. Needs numpy and pillow; run it in this folder.
import numpy as np
from PIL import Image, ImageOps

W, H = 19, 13
y, x = np.mgrid[0:H, 0:W]
rgb = np.stack([(x * x * 3 + y * 5) % 256, y * 19 + 3, (x * y + x) % 256], axis=2).astype(np.uint8)
picture = Image.fromarray(rgb)


def keep(name, expected=None):
    seen = ImageOps.exif_transpose(Image.open(name)).convert("RGB") if expected is None else expected
    data = np.asarray(seen, dtype=np.uint8)
    print(name, data.shape)
    data.tofile(f"{name}.rgb")


for orientation in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture.save(f"turn{orientation}.jpg", quality=95, subsampling=0, exif=exif)
    keep(f"turn{orientation}.jpg")
picture.save("plain.png")
keep("plain.png")
picture.save("lossless.webp", lossless=True)
keep("lossless.webp")
picture.save("lossy.webp", quality=90)
keep("lossy.webp")
picture.convert("L").save("grey.png")
keep("grey.png")
picture.convert("L").save("grey.jpg", quality=95)
keep("grey.jpg")
picture.quantize(32).save("palette.png")
keep("palette.png")
# Alpha is left out: what is under it counts.
alpha = np.dstack([rgb, (x * 13).astype(np.uint8)])
Image.fromarray(alpha, "RGBA").save("alpha.png")
keep("alpha.png", picture)
# Of 16 bits the upper 8 count.
Image.fromarray((rgb[:, :, 0].astype(np.uint16) << 8) | 0x55).save("deep.png")
keep("deep.png", Image.fromarray(rgb[:, :, 0]).convert("RGB"))
picture.resize((7, 31)).save("tall.png")
keep("tall.png")
# Files that are none, or not whole.
whole = open("turn1.jpg", "rb").read()
open("cut.jpg", "wb").write(whole[: len(whole) * 2 // 3])
open("cut.png", "wb").write(open("plain.png", "rb").read()[:120])
open("header.jpg", "wb").write(whole[:40])
open("empty.jpg", "wb")
open("text.jpg", "w").write("no picture at all\n")
open("vector.jpg", "w").write('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>\n')
