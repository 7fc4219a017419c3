# Makes media/flash-and-beep.mp4, in which a white picture and a tone come at the same times: from 0.4 s after each second on, for 80 ms.
# Needs FFmpeg with libx264: python3 test/references/film/make.py
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).parents[3]
SECONDS = 5
ON = "lt(mod(t+0.6,1),0.08)"  # At 0.4 s, 1.4 s and so on, where a picture begins.

subprocess.run(
    [
        *("ffmpeg", "-v", "error", "-y"),
        *("-f", "lavfi", "-i", f"testsrc2=size=320x180:rate=25:duration={SECONDS}"),
        *("-f", "lavfi", "-i", f"aevalsrc='0.5*sin(2*PI*1000*t)*{ON}':s=48000:d={SECONDS}"),
        # The pictures are darkened, so that nothing of them is as bright as a flash.
        *("-vf", f"eq=brightness=-0.3,drawbox=w=iw:h=ih:color=white:t=fill:enable='{ON}'"),
        *("-c:v", "libx264", "-preset", "veryslow", "-crf", "30", "-g", "50", "-pix_fmt", "yuv420p"),
        *("-color_range", "tv", "-colorspace", "smpte170m", "-color_primaries", "smpte170m", "-color_trc", "smpte170m"),
        *("-c:a", "aac", "-b:a", "64k", "-movflags", "+faststart", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"),
        str(ROOT / "media" / "flash-and-beep.mp4"),
    ],
    check=True,
)
