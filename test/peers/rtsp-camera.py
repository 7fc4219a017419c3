"""A camera that speaks RTSP, on this machine alone: GStreamer's RTSP server. Prints two ports once it listens, and runs until it is killed.

At the first: /cam    pictures, live
              /audio  sound without pictures
              /both   pictures and sound, live
              /sizes  pictures, live, of twice the size every other second
              /file   the file named on the command line, from its start for each who connects
At the second: /cam for the user eye with the password s3cret

usage: rtsp-camera.py [--port N] [--size WxH] [--rate N] [--file PATH]
"""
import argparse
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument("--port", default="0")
parser.add_argument("--size", default="320x240")
parser.add_argument("--rate", type=int, default=15)
parser.add_argument("--file")
options = parser.parse_args()
width, height = options.size.split("x")

Gst.init(None)
server = GstRtspServer.RTSPServer.new()
server.set_address("127.0.0.1")
server.set_service(options.port)


def mount(path, launch, shared=True, mounts=server.get_mount_points()):
    factory = GstRtspServer.RTSPMediaFactory.new()
    factory.set_launch(launch)
    factory.set_shared(shared)
    mounts.add_factory(path, factory)
    return factory


camera = (
    f"( videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width={width},height={height},framerate={options.rate}/1"
    f" ! x264enc tune=zerolatency speed-preset=ultrafast bitrate=400 key-int-max={options.rate} ! rtph264pay name=pay0 pt=96 config-interval=1 )"
)
mount("/cam", camera)
mount("/audio", "( audiotestsrc is-live=true ! opusenc ! rtpopuspay name=pay0 pt=97 )")
mount("/both", camera.replace(" )", " audiotestsrc is-live=true ! audio/x-raw,rate=48000,channels=1 ! opusenc ! rtpopuspay name=pay1 pt=97 )"))


def resize(factory, media):
    size = media.get_element().get_by_name("size")
    small = size.get_property("caps")
    large = small.copy()
    large.set_value("width", 2 * int(width))
    large.set_value("height", 2 * int(height))
    state = {"isLarge": False}

    def turn():
        state["isLarge"] = not state["isLarge"]
        size.set_property("caps", large if state["isLarge"] else small)
        return True

    GLib.timeout_add(1000, turn)


mount("/sizes", camera.replace("video/x-raw,format=I420", "capsfilter name=size caps=video/x-raw,format=I420")).connect("media-configure", resize)
if options.file:
    mount("/file", f"( filesrc location={options.file} ! qtdemux ! h264parse ! rtph264pay name=pay0 pt=96 config-interval=1 )", shared=False)

if server.attach(None) == 0:
    sys.exit("cannot listen")

# Another server, since GStreamer's calls what a stranger may not see "not found", unless it knows no strangers.
locked = GstRtspServer.RTSPServer.new()
locked.set_address("127.0.0.1")
locked.set_service("0")
factory = mount("/cam", camera, mounts=locked.get_mount_points())
permissions = GstRtspServer.RTSPPermissions()
permissions.add_role("eye")
permissions.add_permission_for_role("eye", "media.factory.access", True)
permissions.add_permission_for_role("eye", "media.factory.construct", True)
factory.set_permissions(permissions)
auth = GstRtspServer.RTSPAuth()
token = GstRtspServer.RTSPToken()
token.set_string("media.factory.role", "eye")
auth.add_basic(GstRtspServer.RTSPAuth.make_basic("eye", "s3cret"), token)
locked.set_auth(auth)
if locked.attach(None) == 0:
    sys.exit("cannot listen")

print(server.get_bound_port(), locked.get_bound_port(), flush=True)
GLib.MainLoop().run()
