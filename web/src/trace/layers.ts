/**
 * A directed graph in layers, from top to bottom (Sugiyama's way): turn cycles, put each node below all
 * that lead to it, order the layers so that few edges cross, then move the nodes under their neighbours.
 */

import { grouped } from "./model";

export interface Sized {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}

export interface Edge {
  readonly source: string;
  readonly target: string;
  /** Whether it is drawn; one that is not still decides what stands below what. */
  readonly drawn: boolean;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A drawn edge: from where to where, and the points that it goes through. */
export interface Way {
  readonly ends: readonly [source: string, target: string];
  readonly points: readonly Point[];
}

export interface Layers {
  readonly width: number;
  readonly height: number;
  /** The upper left corner of each node. */
  readonly at: ReadonlyMap<string, Point>;
  readonly ways: readonly Way[];
}

const BESIDE = 28;
const BETWEEN = 40;
/** An edge that passes a layer takes so much room in it. */
const LANE = 14;
const SWEEPS = 12;

interface Cell {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  readonly rank: number;
  readonly above: Cell[];
  readonly below: Cell[];
  order: number;
  /** The middle. */
  x: number;
}

/** Lay out `nodes`, the first of which is where everything begins. */
export function layered(nodes: readonly Sized[], edges: readonly Edge[]): Layers {
  const forward = turned(nodes, edges);
  const ranks = ranked(nodes, forward);
  const cells = new Map(nodes.map((node) => [node.id, cell(node.id, node.width, node.height, ranks.get(node.id) ?? 0)]));
  const all = [...cells.values()];
  const chains = forward.map((edge) => {
    const source = cells.get(edge.source);
    const target = cells.get(edge.target);
    if (!edge.drawn || !source || !target) return [];
    const chain = [source];
    for (let rank = source.rank + 1; rank < target.rank; rank++) {
      const lane = cell("", LANE, 0, rank);
      all.push(lane);
      chain.push(lane);
    }
    chain.push(target);
    for (const [n, next] of chain.slice(1).entries()) {
      const from = chain[n];
      from?.below.push(next);
      if (from) next.above.push(from);
    }
    return edge.back ? chain.reverse() : chain;
  });
  const layers: Cell[][] = [];
  for (const cell of all) (layers[cell.rank] ??= []).push(cell);
  order(layers);
  align(layers);
  return placed(layers, chains);
}

const cell = (id: string, width: number, height: number, rank: number): Cell => ({
  id,
  width,
  height,
  rank,
  above: [],
  below: [],
  order: 0,
  x: 0,
});

interface Turned extends Edge {
  readonly back: boolean;
}

/** Turn the edges that lead back to where their source was reached from. */
function turned(nodes: readonly Sized[], edges: readonly Edge[]): Turned[] {
  const leaving = grouped(
    edges.filter((edge) => edge.source !== edge.target),
    (edge) => edge.source,
  );
  const state = new Map<string, "open" | "done">();
  const turned: Turned[] = [];
  const visit = (id: string): void => {
    state.set(id, "open");
    for (const edge of leaving.get(id) ?? []) {
      const back = state.get(edge.target) === "open";
      turned.push(back ? { source: edge.target, target: edge.source, drawn: edge.drawn, back } : { ...edge, back });
      if (!state.has(edge.target)) visit(edge.target);
    }
    state.set(id, "done");
  };
  for (const node of nodes) if (!state.has(node.id)) visit(node.id);
  return turned;
}

/** How many layers each node stands below the top: one more than the lowest that leads to it. */
function ranked(nodes: readonly Sized[], edges: readonly Edge[]): Map<string, number> {
  const into = new Map<string, string[]>(nodes.map((node) => [node.id, []]));
  for (const edge of edges) into.get(edge.target)?.push(edge.source);
  const ranks = new Map<string, number>();
  const rank = (id: string): number => {
    const stored = ranks.get(id);
    if (stored !== undefined) return stored;
    const value = Math.max(-1, ...(into.get(id) ?? []).map(rank)) + 1;
    ranks.set(id, value);
    return value;
  };
  for (const node of nodes) rank(node.id);
  return ranks;
}

/** Order each layer by where its neighbours stand, down and up by turns; the best of all is kept. */
function order(layers: readonly Cell[][]): void {
  const number = (): void => {
    for (const layer of layers) for (const [n, cell] of layer.entries()) cell.order = n;
  };
  number();
  let best = layers.map((layer) => [...layer]);
  let fewest = crossings(layers);
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep++) {
    const down = sweep % 2 === 0;
    for (const layer of down ? layers : [...layers].reverse()) {
      const middle = new Map(layer.map((cell) => [cell, mean((down ? cell.above : cell.below).map((near) => near.order)) ?? cell.order]));
      layer.sort((a, b) => (middle.get(a) ?? 0) - (middle.get(b) ?? 0));
      for (const [n, cell] of layer.entries()) cell.order = n;
    }
    const now = crossings(layers);
    if (now < fewest) [fewest, best] = [now, layers.map((layer) => [...layer])];
  }
  for (const [n, layer] of layers.entries()) layer.splice(0, layer.length, ...(best[n] ?? []));
  number();
}

/** How many pairs of edges cross. */
function crossings(layers: readonly Cell[][]): number {
  let count = 0;
  for (const layer of layers) {
    const ends = layer.flatMap((cell) => cell.below.map((next) => next.order).sort((a, b) => a - b));
    for (const [n, a] of ends.entries()) for (const b of ends.slice(n + 1)) if (a > b) count++;
  }
  return count;
}

/** Move each node towards the middle of its neighbours, as far as its layer has room. */
function align(layers: readonly Cell[][]): void {
  for (const layer of layers) pack(layer, layer.map((cell) => cell.order * (cell.width + BESIDE)));
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const down = sweep % 2 === 0;
    for (const layer of down ? layers : [...layers].reverse()) {
      pack(layer, layer.map((cell) => mean((down ? cell.above : cell.below).map((near) => near.x)) ?? cell.x));
    }
  }
}

/**
 * Place a layer's nodes as near as possible to where each wants to be, in their order and without overlap:
 * nodes that would overlap become one block, which stands at the mean of what its members want.
 */
function pack(layer: readonly Cell[], wanted: readonly number[]): void {
  interface Block {
    readonly members: Cell[];
    readonly offsets: number[];
    sum: number;
    width: number;
  }
  const blocks: Block[] = [];
  const start = (block: Block): number => block.sum / block.members.length;
  for (const [n, cell] of layer.entries()) {
    let block: Block = { members: [cell], offsets: [0], sum: wanted[n] ?? 0, width: 0 };
    for (let last = blocks.at(-1); last; last = blocks.at(-1)) {
      const [left, right] = [last.members.at(-1), block.members[0]];
      const step = last.width + apart(left, right);
      if (start(last) + step <= start(block)) break;
      blocks.pop();
      block = {
        members: [...last.members, ...block.members],
        offsets: [...last.offsets, ...block.offsets.map((offset) => offset + step)],
        sum: last.sum + block.sum - step * block.members.length,
        width: step + block.width,
      };
    }
    blocks.push(block);
  }
  for (const block of blocks) for (const [n, cell] of block.members.entries()) cell.x = start(block) + (block.offsets[n] ?? 0);
}

function apart(left: Cell | undefined, right: Cell | undefined): number {
  if (!left || !right) return 0;
  return (left.width + right.width) / 2 + (left.id && right.id ? BESIDE : LANE);
}

function placed(layers: readonly Cell[][], chains: readonly Cell[][]): Layers {
  const cells = layers.flat();
  const left = Math.min(0, ...cells.map((cell) => cell.x - cell.width / 2));
  const at = new Map<string, Point>();
  const rows: { readonly top: number; readonly bottom: number }[] = [];
  let y = 0;
  for (const layer of layers) {
    const height = Math.max(0, ...layer.map((cell) => cell.height));
    rows.push({ top: y, bottom: y + height });
    for (const cell of layer) {
      if (cell.id) at.set(cell.id, { x: cell.x - cell.width / 2 - left, y: y + (height - cell.height) / 2 });
    }
    y += height + BETWEEN;
  }
  const ways = chains.flatMap((chain): Way[] => {
    const [source, target] = [chain[0], chain.at(-1)];
    if (!source || !target) return [];
    const down = source.rank < target.rank;
    const points = chain.flatMap((cell): Point[] => {
      const x = cell.x - left;
      const { top, bottom } = rows[cell.rank] ?? { top: 0, bottom: 0 };
      // It passes a layer straight, and turns between them: what is in the layer may be tall.
      const through = [top, bottom].map((y): Point => ({ x, y }));
      if (!cell.id) return down ? through : through.reverse();
      const leaves = (cell === source) === down;
      return [{ x, y: (top + bottom + (leaves ? cell.height : -cell.height)) / 2 }];
    });
    return [{ ends: [source.id, target.id], points }];
  });
  return {
    width: Math.max(0, ...cells.map((cell) => cell.x + cell.width / 2)) - left,
    height: Math.max(0, y - BETWEEN),
    at,
    ways,
  };
}

function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}
