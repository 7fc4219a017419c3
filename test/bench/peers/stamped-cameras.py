"""Cameras that speak RTSP and write the time into each picture, so that who receives it knows how old it is.

Each has an encoder of its own and takes its pictures at a time of its own, as cameras do that know nothing of one another. Prints the
address of the first once they listen, which ends in 0 as those of the others in 1, 2 and so on, and runs until it is killed. In the top row of blocks of 16 by 16 pixels stand 20 bits of the
milliseconds since 1970, highest first, white for one, and behind them the same bits turned round.

usage: stamped-cameras.py CAMERAS WIDTH HEIGHT RATE
"""
import sys
import time

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

BITS = 20
cameras, width, height, rate = map(int, sys.argv[1:5])
grey = bytearray(b"\x60" * (width * height) + b"\x80" * (width * height // 2))
blocks = [b"\x20" * 16, b"\xe0" * 16]


def picture(count):
    data = bytearray(grey)
    stamp = int(time.time() * 1000) % (1 << BITS)
    bits = [stamp >> (BITS - 1 - i) & 1 for i in range(BITS)]
    row = b"".join(blocks[bit] for bit in bits + [1 - bit for bit in bits]).ljust(width, b"\x60")
    data[: width * 16] = row * 16
    # Something that moves, which an encoder has to work at.
    for y in range(64, min(192, height)):
        x = y * width + count * 4 % (width - 128)
        data[x : x + 128] = b"\xc0" * 128
    return bytes(data)


def play(source, camera):
    count = 0

    def push():
        nonlocal count
        count += 1
        return source.emit("push-buffer", Gst.Buffer.new_wrapped(picture(count))) == Gst.FlowReturn.OK

    def begin():
        GLib.timeout_add(round(1000 / rate), push)
        return False

    # By the clock rather than from whenever somebody connected.
    period = 1 / rate
    GLib.timeout_add(round((camera / cameras * period - time.time()) % period * 1000), begin)


Gst.init(None)
server = GstRtspServer.RTSPServer.new()
server.set_address("127.0.0.1")
server.set_service("0")
for camera in range(cameras):
    factory = GstRtspServer.RTSPMediaFactory.new()
    factory.set_launch(
        f"( appsrc name=pictures is-live=true do-timestamp=true format=time caps=video/x-raw,format=I420,width={width},height={height},framerate={rate}/1"
        f" ! x264enc tune=zerolatency speed-preset=ultrafast bitrate=400 key-int-max={rate} ! rtph264pay name=pay0 pt=96 config-interval=1 )"
    )
    factory.set_shared(True)
    factory.connect("media-configure", lambda _, media, camera=camera: play(media.get_element().get_by_name("pictures"), camera))
    server.get_mount_points().add_factory(f"/cam{camera}", factory)
if server.attach(None) == 0:
    sys.exit("cannot listen")
print(f"rtsp://127.0.0.1:{server.get_bound_port()}/cam0", flush=True)
GLib.MainLoop().run()
