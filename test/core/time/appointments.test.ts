import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { type Appointment, Appointments } from '../../../src/core/time/appointments.ts';
import { seededRandom } from '../../../src/media/test-picture/seeded-random.ts';

const SEED = 20261125;

describe('Appointments', () => {
  it(`shows the earliest whatever is added and taken out, as a sorted list does (seed ${SEED})`, () => {
    const random = seededRandom(SEED);
    const appointments = new Appointments();
    let list: Appointment[] = [];
    for (let step = 0; step < 3000; step++) {
      if (random() < 0.52) list.push(appointments.add(Math.floor(random() * 200), () => {}, random() < 0.3));
      else if (list.length > 0) {
        const one = random() < 0.5 ? appointments.earliest! : list[Math.floor(random() * list.length)]!;
        appointments.remove(one);
        // Once more is no harm.
        appointments.remove(one);
        list = list.filter((other) => other !== one);
      }
      list.sort((a, b) => a.time - b.time || a.order - b.order);
      assert.equal(appointments.earliest, list[0]);
      assert.equal(
        appointments.matters,
        list.some(({ isBackground }) => !isBackground),
      );
    }
    assert.ok(list.length > 20);
  });
});
