import type { Operand, Pipe, Template, TemplateNode } from '../template/tree.ts';

/** The labels a template reads by name: `$labels.x`, `.Labels.x`, `index $labels "x"`. */
export function labelsRead(template: Template): ReadonlySet<string> {
  const found = new Set<string>();
  const bodies = [template.body, ...template.definitions.values()];
  for (const body of bodies) for (const node of body) readNode(node, found);
  return found;
}

function readNode(node: TemplateNode, found: Set<string>): void {
  switch (node.kind) {
    case 'text':
    case 'break':
    case 'continue':
      return;
    case 'action':
      readPipe(node.pipe, found);
      return;
    case 'template':
      if (node.pipe) readPipe(node.pipe, found);
      return;
    case 'if':
    case 'with':
    case 'range':
      readPipe(node.pipe, found);
      for (const inner of [...node.then, ...node.otherwise]) readNode(inner, found);
  }
}

function readPipe(pipe: Pipe, found: Set<string>): void {
  for (const { operands } of pipe.commands) {
    const [first, second, third] = operands;
    if (first?.kind === 'function' && first.name === 'index' && second && third?.kind === 'literal') {
      if (isLabels(second) && typeof third.value === 'string') found.add(third.value);
    }
    for (const operand of operands) readOperand(operand, found);
  }
}

function isLabels(operand: Operand): boolean {
  if (operand.kind === 'variable') return operand.name === '$labels' && operand.path.length === 0;
  return operand.kind === 'field' && operand.path.length === 1 && operand.path[0] === 'Labels';
}

function readOperand(operand: Operand, found: Set<string>): void {
  switch (operand.kind) {
    case 'variable': {
      const name = operand.name === '$labels' ? operand.path[0] : undefined;
      if (name !== undefined) found.add(name);
      return;
    }
    case 'field': {
      const name = operand.path[0] === 'Labels' ? operand.path[1] : undefined;
      if (name !== undefined) found.add(name);
      return;
    }
    case 'pipe':
      readPipe(operand.pipe, found);
      return;
    case 'chain':
      readOperand(operand.of, found);
      return;
    case 'literal':
    case 'nil':
    case 'dot':
    case 'function':
  }
}
