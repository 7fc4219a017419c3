// The kernels: everything here is instantiated once per thread over the arena's memory. They keep no state: whatever they need
// besides pixels lies in a pass, which its owner lends them.
export { blendFloats, bytesToFloats, floatsToHalves, halvesToFloats, measureFloats, normaliseFloats } from './convert';
export { copyBytes, copyRuns } from './copy';
export { blendChromaCoverage, blendCoverage, blendRectangle } from './draw';
export { interleave, separate } from './interleave';
export { expandLzf } from './lzf';
export { readNumbers } from './numbers';
export { picture } from './picture';
export { gatherFloats, keepFinite } from './points';
export { scanColumns, scanRows } from './scores';
