// Drawing in plain TypeScript: see scalar-kernels.ts for when, and draw-kernels.ts for what it does.
import type { Arena } from './arena.ts';
import type { DrawKernels } from './draw-kernels.ts';

export function scalarDraw(arena: Arena): DrawKernels {
  /** Mixes a pixel's channels with a colour, `part` of 256. */
  const mix = (bytes: Uint8Array, at: number, channels: number, colour: number, part: number): void => {
    for (let c = 0; c < channels; c++) {
      bytes[at + c] = (bytes[at + c]! * (256 - part) + ((colour >>> (8 * c)) & 255) * part + 128) >> 8;
    }
  };
  const whole = () => new Uint8Array(arena.memory.buffer);
  return {
    blendRectangle: (target, stride, width, height, channels, colour, alpha) => {
      const bytes = whole();
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) mix(bytes, target + y * stride + x * channels, channels, colour, alpha);
      }
    },
    blendCoverage: (target, stride, coverage, coverageStride, width, height, channels, colour, alpha) => {
      const bytes = whole();
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const part = Math.round((bytes[coverage + y * coverageStride + x]! * alpha) / 255);
          mix(bytes, target + y * stride + x * channels, channels, colour, part);
        }
      }
    },
    blendChromaCoverage: (target, stride, coverage, coverageStride, width, height, dx, dy, channels, colour, alpha) => {
      const bytes = whole();
      const covered = (x: number, y: number) =>
        x >= 0 && y >= 0 && x < width && y < height ? bytes[coverage + y * coverageStride + x]! : 0;
      for (let row = 0; row * 2 < dy + height; row++) {
        for (let column = 0; column * 2 < dx + width; column++) {
          const [x, y] = [column * 2 - dx, row * 2 - dy];
          const sum = covered(x, y) + covered(x + 1, y) + covered(x, y + 1) + covered(x + 1, y + 1);
          mix(bytes, target + row * stride + column * channels, channels, colour, Math.round((sum * alpha) / 1020));
        }
      }
    },
  };
}
