// What tests of graphs and of elements build on.
export { type Exploration, type ExploreOptions, explore } from '../simulation/explore.ts';
export { type SimulationOptions, type SimulationRun, simulate } from '../simulation/simulate.ts';
export { assertAllReturned, assertConserved } from './assert-conserved.ts';
export type { Caught, CaughtEnd } from './catcher.ts';
export { ManualClock } from './manual-clock.ts';
export { settled } from './settled.ts';
export { ElementTest, type ElementTestOptions, testElement } from './test-element.ts';
