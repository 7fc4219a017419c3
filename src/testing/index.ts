// What tests of graphs and of elements build on.
export { ManualClock } from './manual-clock.ts';
