const PARTS = /\d+|\D+/g;

/** Compares texts part by part, runs of digits as numbers: `4m5` < `4m600` < `4m1000`. */
export function naturalOrder(a: string, b: string): number {
  if (a === b) return 0;
  const partsA = a.match(PARTS) ?? [];
  const partsB = b.match(PARTS) ?? [];
  for (let i = 0; i < Math.min(partsA.length, partsB.length); i++) {
    const order = compareParts(partsA[i] ?? '', partsB[i] ?? '');
    if (order !== 0) return order;
  }
  return partsA.length - partsB.length || (a < b ? -1 : 1);
}

function compareParts(a: string, b: string): number {
  if (a === b) return 0;
  if (/^\d/.test(a) && /^\d/.test(b)) {
    const numberA = BigInt(a);
    const numberB = BigInt(b);
    if (numberA !== numberB) return numberA < numberB ? -1 : 1;
  }
  return a < b ? -1 : 1;
}
