// Which anchors of a detector's output are worth looking at: for each, the class with the highest score, kept where that score
// reaches a threshold. A record is three words: anchor, class, score. The first word of `out` receives how many scores were not
// finite, which never win; records follow from byte 16 on, and the number of them is returned.
//
// A gate is one more number per anchor, or 0. `margin` 0: an objectness that must reach `gateThreshold` itself. `margin` 1: what the
// best score must exceed by `threshold`, such as the logit of the background.

/** Classes outermost: the scores of one class for all anchors lie side by side, `stride` bytes from class to class. */
export function scanColumns(
  scores: usize, anchors: i32, classes: i32, stride: usize, gate: usize, margin: i32, threshold: f32, gateThreshold: f32, out: usize,
): i32 {
  let to = out + 16;
  let finite: v128 = i32x4.splat(0);
  let a = 0;
  // Sixteen anchors at a time: a whole cache line of each class.
  for (; a + 16 <= anchors; a += 16) {
    const least = f32x4.splat(-Infinity);
    let best0 = least, best1 = least, best2 = least, best3 = least;
    let class0 = i32x4.splat(0), class1 = class0, class2 = class0, class3 = class0;
    let from = scores + (<usize>a << 2);
    for (let c = 0; c < classes; c++, from += stride) {
      const number = i32x4.splat(c);
      const x0 = v128.load(from), x1 = v128.load(from, 16), x2 = v128.load(from, 32), x3 = v128.load(from, 48);
      const f0 = isFinite4(x0), f1 = isFinite4(x1), f2 = isFinite4(x2), f3 = isFinite4(x3);
      finite = i32x4.sub(finite, i32x4.add(i32x4.add(f0, f1), i32x4.add(f2, f3)));
      const g0 = v128.and(f0, f32x4.gt(x0, best0)), g1 = v128.and(f1, f32x4.gt(x1, best1));
      const g2 = v128.and(f2, f32x4.gt(x2, best2)), g3 = v128.and(f3, f32x4.gt(x3, best3));
      best0 = v128.bitselect(x0, best0, g0);
      best1 = v128.bitselect(x1, best1, g1);
      best2 = v128.bitselect(x2, best2, g2);
      best3 = v128.bitselect(x3, best3, g3);
      class0 = v128.bitselect(number, class0, g0);
      class1 = v128.bitselect(number, class1, g1);
      class2 = v128.bitselect(number, class2, g2);
      class3 = v128.bitselect(number, class3, g3);
    }
    let at: usize = 0;
    if (gate !== 0) {
      at = gate + (<usize>a << 2);
      const f0 = isFinite4(v128.load(at)), f1 = isFinite4(v128.load(at, 16)), f2 = isFinite4(v128.load(at, 32)), f3 = isFinite4(v128.load(at, 48));
      finite = i32x4.sub(finite, i32x4.add(i32x4.add(f0, f1), i32x4.add(f2, f3)));
    }
    to = keep4(a, best0, class0, at, 0, margin, threshold, gateThreshold, to);
    to = keep4(a + 4, best1, class1, at, 16, margin, threshold, gateThreshold, to);
    to = keep4(a + 8, best2, class2, at, 32, margin, threshold, gateThreshold, to);
    to = keep4(a + 12, best3, class3, at, 48, margin, threshold, gateThreshold, to);
  }
  let bad = a * (gate === 0 ? classes : classes + 1) - lanes(finite);
  for (; a < anchors; a++) {
    if (gate !== 0 && !isFinite(load<f32>(gate + (<usize>a << 2)))) bad++;
    let best: f32 = -Infinity;
    let winner = 0;
    let from = scores + (<usize>a << 2);
    for (let c = 0; c < classes; c++, from += stride) {
      const x = load<f32>(from);
      if (!isFinite(x)) bad++;
      else if (x > best) {
        best = x;
        winner = c;
      }
    }
    to = keep(a, best, winner, gate === 0 ? 0 : gate + (<usize>a << 2), margin, threshold, gateThreshold, to);
  }
  store<i32>(out, bad);
  return <i32>((to - out - 16) / 12);
}

/** Anchors outermost: the scores of one anchor lie side by side, `stride` bytes from anchor to anchor, the gates likewise. */
export function scanRows(
  scores: usize, anchors: i32, classes: i32, stride: usize, gate: usize, margin: i32, threshold: f32, gateThreshold: f32, out: usize,
): i32 {
  let to = out + 16;
  let bad = 0;
  for (let a = 0; a < anchors; a++, scores += stride) {
    const at = gate === 0 ? 0 : gate + <usize>a * stride;
    if (at !== 0 && margin === 0) {
      const value = load<f32>(at);
      if (!isFinite(value)) bad++;
      if (!isFinite(value) || value < gateThreshold) continue;
    }
    let c = 0;
    let best4 = f32x4.splat(-Infinity), class4 = i32x4.splat(0), finite = i32x4.splat(0);
    let number: v128 = i32x4(0, 1, 2, 3);
    for (; c + 4 <= classes; c += 4) {
      const x = v128.load(scores + (<usize>c << 2));
      const f = isFinite4(x);
      finite = i32x4.sub(finite, f);
      const g = v128.and(f, f32x4.gt(x, best4));
      best4 = v128.bitselect(x, best4, g);
      class4 = v128.bitselect(number, class4, g);
      number = i32x4.add(number, i32x4.splat(4));
    }
    if (c > 0) bad += c - lanes(finite);
    let best = f32x4.extract_lane(best4, 0);
    let winner = i32x4.extract_lane(class4, 0);
    if (isBetter(f32x4.extract_lane(best4, 1), i32x4.extract_lane(class4, 1), best, winner)) {
      best = f32x4.extract_lane(best4, 1);
      winner = i32x4.extract_lane(class4, 1);
    }
    if (isBetter(f32x4.extract_lane(best4, 2), i32x4.extract_lane(class4, 2), best, winner)) {
      best = f32x4.extract_lane(best4, 2);
      winner = i32x4.extract_lane(class4, 2);
    }
    if (isBetter(f32x4.extract_lane(best4, 3), i32x4.extract_lane(class4, 3), best, winner)) {
      best = f32x4.extract_lane(best4, 3);
      winner = i32x4.extract_lane(class4, 3);
    }
    for (; c < classes; c++) {
      const x = load<f32>(scores + (<usize>c << 2));
      if (!isFinite(x)) bad++;
      else if (x > best) {
        best = x;
        winner = c;
      }
    }
    if (at !== 0 && margin !== 0 && !isFinite(load<f32>(at))) bad++;
    to = keep(a, best, winner, at, margin, threshold, gateThreshold, to);
  }
  store<i32>(out, bad);
  return <i32>((to - out - 16) / 12);
}

// @ts-ignore: decorator
@inline
function isFinite4(x: v128): v128 {
  return f32x4.eq(f32x4.sub(x, x), f32x4.splat(0));
}

/** Of equal scores the class of the lower number wins. */
// @ts-ignore: decorator
@inline
function isBetter(value: f32, number: i32, best: f32, winner: i32): bool {
  return value > best || (value === best && number < winner);
}

// @ts-ignore: decorator
@inline
function lanes(x: v128): i32 {
  return i32x4.extract_lane(x, 0) + i32x4.extract_lane(x, 1) + i32x4.extract_lane(x, 2) + i32x4.extract_lane(x, 3);
}

/** Four anchors at once: nearly always there is nothing to keep. */
// @ts-ignore: decorator
@inline
function keep4(
  anchor: i32, best: v128, winner: v128, gate: usize, skip: usize, margin: i32, threshold: f32, gateThreshold: f32, to: usize,
): usize {
  const least = f32x4.splat(margin === 1 ? -Infinity : threshold);
  if (!v128.any_true(f32x4.ge(best, least))) return to;
  const at = gate === 0 ? 0 : gate + skip;
  to = keep(anchor, f32x4.extract_lane(best, 0), i32x4.extract_lane(winner, 0), at, margin, threshold, gateThreshold, to);
  to = keep(anchor + 1, f32x4.extract_lane(best, 1), i32x4.extract_lane(winner, 1), at === 0 ? 0 : at + 4, margin, threshold, gateThreshold, to);
  to = keep(anchor + 2, f32x4.extract_lane(best, 2), i32x4.extract_lane(winner, 2), at === 0 ? 0 : at + 8, margin, threshold, gateThreshold, to);
  return keep(anchor + 3, f32x4.extract_lane(best, 3), i32x4.extract_lane(winner, 3), at === 0 ? 0 : at + 12, margin, threshold, gateThreshold, to);
}

function keep(anchor: i32, best: f32, winner: i32, gate: usize, margin: i32, threshold: f32, gateThreshold: f32, to: usize): usize {
  if (!isFinite(best)) return to;
  if (gate === 0) return best >= threshold ? write(anchor, best, winner, to) : to;
  const value = load<f32>(gate);
  if (margin === 1) return best - value >= threshold ? write(anchor, best, winner, to) : to;
  return best >= threshold && isFinite(value) && value >= gateThreshold ? write(anchor, best, winner, to) : to;
}

// @ts-ignore: decorator
@inline
function write(anchor: i32, best: f32, winner: i32, to: usize): usize {
  store<i32>(to, anchor);
  store<i32>(to, winner, 4);
  store<f32>(to, best, 8);
  return to + 12;
}
