/** The titles of the tests in a file that are run, as its code has them: no comment, and nothing skipped. */
import ts from 'typescript'

const RUNNING =
  /^(it|test|describe|itInFull|describeInFull|itIfServerHas|describeWithDurableServer)$/
const SKIPPING = /^(skip|todo|failing)$|^x(it|test|describe)$/

/** Titles of tests and of groups, and the names in tables whose rows are tests. */
export function testTitlesIn(code: string): ReadonlySet<string> {
  const file = ts.createSourceFile('a.test.ts', code, ts.ScriptTarget.Latest, true)
  const titles = new Set<string>()
  const tables = new Map<string, ts.Expression>()
  visit(file)
  return titles

  function visit(node: ts.Node): void {
    if (ts.isVariableDeclaration(node) && node.initializer) {
      tables.set(node.name.getText(), node.initializer)
    }
    if (ts.isCallExpression(node)) {
      const names = namesIn(node.expression)
      if (names.some((name) => SKIPPING.test(name))) return
      if (RUNNING.test(names[0] ?? '')) {
        if (names.at(-1) === 'each' && !ts.isCallExpression(node.expression)) addRows(node)
        else addTexts(node.arguments)
      }
    }
    ts.forEachChild(node, visit)
  }

  function addRows(each: ts.CallExpression): void {
    const [rows] = each.arguments
    const table = rows && ts.isIdentifier(rows) ? tables.get(rows.text) : rows
    if (table && ts.isArrayLiteralExpression(table)) {
      for (const row of table.elements) addTexts(cellsOf(row))
    }
  }

  function addTexts(nodes: readonly ts.Node[]): void {
    for (const node of nodes) if (ts.isStringLiteralLike(node)) titles.add(node.text)
  }
}

/** `it.each(rows)` → it, each. */
function namesIn(callee: ts.Expression): string[] {
  if (ts.isIdentifier(callee)) return [callee.text]
  if (ts.isPropertyAccessExpression(callee))
    return [...namesIn(callee.expression), callee.name.text]
  return ts.isCallExpression(callee) ? namesIn(callee.expression) : []
}

function cellsOf(row: ts.Expression): readonly ts.Node[] {
  if (ts.isArrayLiteralExpression(row)) return row.elements
  if (!ts.isObjectLiteralExpression(row)) return [row]
  return row.properties.flatMap((each) => (ts.isPropertyAssignment(each) ? [each.initializer] : []))
}
