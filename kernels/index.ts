// The kernels: everything here is instantiated once per thread over the arena's memory. They keep no state: whatever they need
// besides pixels lies in a pass, which its owner lends them.
export { picture } from './picture';
