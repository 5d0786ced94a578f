/** A workflow's picture: its states as boxes, those of branches and iterations inside the box around them. */
import { type Point, type Sized, layered } from "./layers";
import { type Node, type Transition, type TransitionKind, arrow, grouped } from "./model";

export interface Box {
  readonly node: Node;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Line {
  readonly source: string;
  readonly target: string;
  readonly kind: TransitionKind;
  readonly points: readonly Point[];
}

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Each box after the one around it, in the order in which they are read. */
  readonly boxes: readonly Box[];
  readonly lines: readonly Line[];
}

export const HEADER = 30;
const PADDING = 14;
const BESIDE = 20;
const HEIGHT = 46;
const NARROWEST = 116;
const LETTER = 7.6;

/** Draw a workflow. A transition that catches an error is drawn where it was taken: nearly every state has some. */
export function picture(nodes: readonly Node[], transitions: readonly Transition[], passed: ReadonlySet<string>): Picture {
  const groups = grouped(nodes, (node) => node.parent);
  const leaving = grouped(transitions, (transition) => transition.source);

  const machine = (members: readonly Node[]): Picture => {
    const inner = new Map(members.map((node) => [node.name, inside(node)]));
    const start = members.filter((node) => node.start);
    const ordered = [...start, ...members.filter((node) => !node.start)];
    const sizes = ordered.map((node): Sized => size(node, inner.get(node.name)));
    // Good ways first: what leads back is found from them.
    const weight = (kind: TransitionKind): number => (kind === "CATCH" ? 1 : 0);
    const all = members.flatMap((node) => leaving.get(node.name) ?? []).sort((a, b) => weight(a.kind) - weight(b.kind));
    // Two states may follow each other for several reasons: they are drawn once, by the best of them.
    const pairs = [...grouped(all, (transition) => arrow(transition.source, transition.target)).values()].flatMap((same) => same.slice(0, 1));
    const isDrawn = (transition: Transition): boolean => transition.kind !== "CATCH" || passed.has(arrow(transition.source, transition.target));
    const layers = layered(
      sizes,
      pairs.map((transition) => ({ source: transition.source, target: transition.target, drawn: isDrawn(transition) })),
    );
    const boxes: Box[] = [];
    const lines: Line[] = [];
    const kinds = new Map(pairs.map((transition) => [arrow(transition.source, transition.target), transition.kind]));
    for (const { ends, points } of layers.ways) {
      const [source, target] = ends;
      const kind = kinds.get(arrow(source, target));
      if (kind) lines.push({ source, target, kind, points });
    }
    const sized = new Map(sizes.map((size) => [size.id, size]));
    for (const node of [...ordered].sort((a, b) => reading(layers.at.get(a.name), layers.at.get(b.name)))) {
      const at = layers.at.get(node.name) ?? { x: 0, y: 0 };
      const { width = 0, height = 0 } = sized.get(node.name) ?? {};
      boxes.push({ node, ...at, width, height });
      const content = inner.get(node.name);
      if (content) {
        const room = (width - content.width) / 2;
        boxes.push(...content.boxes.map((box) => moved(box, at.x + room, at.y + HEADER)));
        lines.push(...content.lines.map((line) => ({ ...line, points: line.points.map((p) => moved(p, at.x + room, at.y + HEADER)) })));
      }
    }
    return { width: layers.width, height: layers.height, boxes, lines };
  };

  /** The branches of a Parallel, or the one iteration of a Map, side by side; null for every other state. */
  const inside = (node: Node): Picture | null => {
    const members = groups.get(node.name);
    if (!members) return null;
    const branches = [...grouped(members, (member) => member.branch ?? 0).entries()].sort(([a], [b]) => a - b);
    let x = 0;
    let height = 0;
    const boxes: Box[] = [];
    const lines: Line[] = [];
    for (const [, branch] of branches) {
      const drawn = machine(branch);
      boxes.push(...drawn.boxes.map((box) => moved(box, x, 0)));
      for (const line of drawn.lines) lines.push({ ...line, points: line.points.map((point) => moved(point, x, 0)) });
      x += drawn.width + BESIDE;
      height = Math.max(height, drawn.height);
    }
    return { width: x - BESIDE, height, boxes, lines };
  };

  return machine(groups.get(null) ?? []);
}

function size(node: Node, inner: Picture | null | undefined): Sized {
  const width = Math.max(NARROWEST, node.name.length * LETTER + 44);
  if (!inner) return { id: node.name, width, height: HEIGHT };
  return { id: node.name, width: Math.max(width, inner.width + 2 * PADDING), height: HEADER + inner.height + PADDING };
}

const moved = <T extends Point>(thing: T, x: number, y: number): T => ({ ...thing, x: thing.x + x, y: thing.y + y });

function reading(a: Point | undefined, b: Point | undefined): number {
  return (a?.y ?? 0) - (b?.y ?? 0) || (a?.x ?? 0) - (b?.x ?? 0);
}
