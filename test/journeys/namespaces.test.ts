import { openSandbox } from '../support/target.ts';
import { describeNamespaces, describeNamespacesSandboxOnly } from './namespaces.cases.ts';

describeNamespaces(openSandbox);
describeNamespacesSandboxOnly(openSandbox);
