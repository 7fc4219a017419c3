/** What a hook throws that was told to fail; no fault of anybody. */
export class InjectedFault extends Error {
  readonly code = 'simulation/injected';

  constructor(element: string, buffer: number) {
    super(`Failing on buffer ${buffer} of ${element}, as the fault plan asks`);
    this.name = 'InjectedFault';
  }
}
