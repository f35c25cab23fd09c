/** An example as a module of its own: what it imports, its surroundings, and its code as a function. */
import path from 'node:path'
import ts from 'typescript'
import { type Example, ROOT, read } from './pages'

const SURROUNDINGS = '__tests__/docs/surroundings'

/** Where the module stands for whoever resolves what it imports. */
export function fileOf({ page, line }: Example): string {
  const name = `${page.replace(/\W/g, '-')}-line-${line}.ts`
  return path.join(ROOT, SURROUNDINGS, name)
}

/**
 * The module's text: `example()` runs the code, and returns what it has declared. Line *n* of the code
 * is line *n* + 1 of the module; what the code imports follows it.
 */
export function moduleOf({ code, what }: Example): string {
  const file = ts.createSourceFile('example.ts', code, ts.ScriptTarget.ESNext, true)
  const hoisted = file.statements.filter((each) => ts.isImportDeclaration(each) || isAmbient(each))
  const imported = new Set(hoisted.flatMap(importedBy))
  const given = namesGivenBy(what).filter((name) => !imported.has(name))
  let body = code
  // From behind, so that what is before keeps its place
  for (const statement of hoisted.toReversed()) {
    const text = statement.getText()
    const blank = '\n'.repeat(text.split('\n').length - 1)
    body = body.slice(0, statement.getStart()) + blank + body.slice(statement.getEnd())
  }
  body = body.replace(/^export (?=const|function|async|class)/gm, '')
  const surroundings = given.length > 0 ? `import { ${given.join(', ')} } from './${what}';` : ''
  const declared = file.statements.flatMap(declaredBy)
  const head = `${surroundings} export async function example() {`
  const tail = `return { ${declared.join(', ')} } }`
  return [head, body, tail, ...hoisted.map((each) => each.getText())].join('\n')
}

/** The names of surroundings, which `surroundings/<name>.ts` declares. */
function namesGivenBy(surroundings: string): string[] {
  const declarations = read(`${SURROUNDINGS}/${surroundings}.ts`)
  return [...declarations.matchAll(/^export declare \w+ (\w+)/gm)].map(([, name]) => name as string)
}

function isAmbient(statement: ts.Statement): boolean {
  const isDeclared = ts.canHaveModifiers(statement)
    ? ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword)
    : false
  return isDeclared === true
}

function importedBy(statement: ts.Statement): string[] {
  const clause = ts.isImportDeclaration(statement) ? statement.importClause : undefined
  const bindings = clause?.namedBindings
  const names = [clause?.name]
  if (bindings && ts.isNamespaceImport(bindings)) names.push(bindings.name)
  if (bindings && ts.isNamedImports(bindings)) names.push(...bindings.elements.map((e) => e.name))
  return names.filter((name) => name !== undefined).map((name) => name.text)
}

function declaredBy(statement: ts.Statement): string[] {
  if (isAmbient(statement)) return []
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) {
    return statement.name ? [statement.name.text] : []
  }
  if (!ts.isVariableStatement(statement)) return []
  return statement.declarationList.declarations.flatMap(({ name }) => namesIn(name))
}

function namesIn(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text]
  return name.elements.flatMap((each) => (ts.isOmittedExpression(each) ? [] : namesIn(each.name)))
}
