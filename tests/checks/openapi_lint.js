// Lints an OpenAPI document with Redocly's rules: node openapi_lint.js NODE_MODULES FILE
'use strict';
const path = require('path');
const [modules, file] = process.argv.slice(2);
const {createConfig, lint, formatProblems, getTotals} = require(path.resolve(modules, '@redocly/openapi-core'));

const rules = {
  'info-license': 'error',
  'no-unused-components': 'error',
  'operation-operationId': 'error',
  'operation-operationId-unique': 'error',
  'operation-summary': 'error',
  'operation-4xx-response': 'off',  // health and the pages have none
  'no-server-example.com': 'off',
  'info-license-url': 'off',
  'no-empty-servers': 'off',  // the document is served by the server that it describes
  'security-defined': 'error',
  'no-ambiguous-paths': 'off',  // a literal segment wins over a parameter
};

async function main() {
  const config = await createConfig({extends: ['recommended'], rules});
  const problems = await lint({ref: path.resolve(file), config});
  formatProblems(problems, {format: 'stylish', totals: getTotals(problems), version: 'lint', maxProblems: 100});
  const version = JSON.parse(require('fs').readFileSync(file, 'utf8')).openapi;
  if (!/^3\.1\./.test(version)) throw new Error(`openapi is ${version}, not 3.1`);
  process.exitCode = problems.some((problem) => problem.severity === 'error') ? 1 : 0;
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
