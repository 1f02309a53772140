import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { at, cover, enlarged, move, rect } from '../static/core/camera.js';

const golden = JSON.parse(readFileSync(new URL('golden/camera.json', import.meta.url), 'utf8'));
const SIZES = [[854, 480], [1280, 720], [1080, 1920], [720, 720]];
const near = (mine, theirs) => assert.ok(Math.abs(mine - theirs) < 1e-9, `${mine} is not ${theirs}`);

test('windows and what they show are those of infra/media/camera.py and warp.axes', () => {
  assert.ok(golden.windows.length > 500);
  for (const [motion, fps, depth, frames, frame, x, y, zoom, rects] of golden.windows) {
    const seen = at(move(motion, frames / fps, depth), frame, frames);
    near(seen.x, x), near(seen.y, y), near(seen.zoom, zoom);
    rects.forEach((rectangle, index) => rect(seen, ...SIZES[index]).forEach((value, place) => near(value, rectangle[place])));
  }
});

test('pictures are enlarged and cropped alike', () => {
  for (const [side, zoom, pixels] of golden.sizes) assert.equal(enlarged(side, zoom), pixels);
  for (const [wide, high, width, height, x, y, ...part] of golden.covers) assert.deepEqual(cover(wide, high, width / height, [x, y]), part);
});
