import type { Shape } from './factors.js';

/** A closed polygon around the origin, [x0, y0, x1, y1, …], scaled to the area of the unit circle. */
export type Outline = Float64Array;

/** Outlines have equal areas, so that size says nothing about the shape. */
export const OUTLINES: Readonly<Record<Shape, Outline>> = /* @__PURE__ */ buildOutlines();

function buildOutlines(): Record<Shape, Outline> {
  return {
    triangle: unitArea(regularPolygon(3)),
    square: unitArea(regularPolygon(4)),
    star: unitArea(star(5, 0.45)),
    cross: unitArea(cross(0.34)),
    heart: unitArea(heart(28)),
    crescent: unitArea(crescent(14)),
  };
}

function regularPolygon(corners: number): number[] {
  return polar(corners, () => 1);
}

function star(points: number, innerRadius: number): number[] {
  return polar(2 * points, (corner) => (corner % 2 === 0 ? 1 : innerRadius));
}

function polar(corners: number, radius: (corner: number) => number): number[] {
  const outline: number[] = [];
  for (let corner = 0; corner < corners; corner++) {
    const angle = (2 * Math.PI * corner) / corners - Math.PI / 2;
    outline.push(radius(corner) * Math.cos(angle), radius(corner) * Math.sin(angle));
  }
  return outline;
}

function cross(arm: number): number[] {
  const corner = [-arm, -1, arm, -1, arm, -arm, 1, -arm, 1, arm, arm, arm];
  return [...corner, arm, 1, -arm, 1, -arm, arm, -1, arm, -1, -arm, -arm, -arm];
}

function heart(corners: number): number[] {
  const outline: number[] = [];
  for (let corner = 0; corner < corners; corner++) {
    const t = (2 * Math.PI * corner) / corners;
    const y = 13 * Math.cos(t) - 5 * Math.cos(2 * t) - 2 * Math.cos(3 * t) - Math.cos(4 * t);
    outline.push(Math.sin(t) ** 3, -(y + 2.5) / 16);
  }
  return outline;
}

/** A disc of radius 1 with a bite: the outer arc one way, the inner arc back. */
function crescent(corners: number): number[] {
  const tip = 0.3 * Math.PI;
  const outline: number[] = [];
  for (let corner = 0; corner <= corners; corner++) {
    const angle = tip + ((2 * Math.PI - 2 * tip) * corner) / corners;
    outline.push(Math.cos(angle) + 0.3, Math.sin(angle));
  }
  const centre = Math.cos(tip) + 0.35;
  const radius = Math.hypot(0.35, Math.sin(tip));
  const innerTip = Math.atan2(Math.sin(tip), -0.35);
  for (let corner = 1; corner < corners; corner++) {
    const angle = -innerTip - ((2 * Math.PI - 2 * innerTip) * corner) / corners;
    outline.push(centre + 0.3 + radius * Math.cos(angle), radius * Math.sin(angle));
  }
  return outline;
}

/** Scales about the origin to the area pi (shoelace formula). */
function unitArea(points: number[]): Outline {
  let twiceArea = 0;
  for (let at = 0; at < points.length; at += 2) {
    const next = (at + 2) % points.length;
    twiceArea += points[at]! * points[next + 1]! - points[next]! * points[at + 1]!;
  }
  const scale = Math.sqrt((2 * Math.PI) / Math.abs(twiceArea));
  return Float64Array.from(points, (value) => value * scale);
}

/** Distance from the origin to the farthest corner. */
export function outlineRadius(outline: Outline): number {
  let radius = 0;
  for (let at = 0; at < outline.length; at += 2) radius = Math.max(radius, Math.hypot(outline[at]!, outline[at + 1]!));
  return radius;
}

/** Distance of (x, y) from the outline, negative inside (nearest edge; inside by the even-odd rule). */
export function signedDistance(outline: Outline, x: number, y: number): number {
  let nearest = Number.POSITIVE_INFINITY;
  let inside = false;
  let fromX = outline[outline.length - 2]!;
  let fromY = outline[outline.length - 1]!;
  for (let at = 0; at < outline.length; at += 2) {
    const toX = outline[at]!;
    const toY = outline[at + 1]!;
    const edgeX = toX - fromX;
    const edgeY = toY - fromY;
    const along = ((x - fromX) * edgeX + (y - fromY) * edgeY) / (edgeX * edgeX + edgeY * edgeY);
    const clamped = Math.min(1, Math.max(0, along));
    const gapX = x - fromX - clamped * edgeX;
    const gapY = y - fromY - clamped * edgeY;
    nearest = Math.min(nearest, gapX * gapX + gapY * gapY);
    if (fromY > y !== toY > y && x < fromX + ((y - fromY) / edgeY) * edgeX) inside = !inside;
    fromX = toX;
    fromY = toY;
  }
  return inside ? -Math.sqrt(nearest) : Math.sqrt(nearest);
}
