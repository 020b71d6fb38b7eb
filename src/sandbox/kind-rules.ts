// The two custom kinds as installed CRDs: their schemas and rules, compiled once for all servers of the process.
import { crds } from '../api/schemas.ts';
import { compileCrd, type CompiledCrd } from '../lib/crd-validation.ts';
import type { ApiObject } from './api-object.ts';
import type { KindRules } from './machinery.ts';

let compiled: ReadonlyMap<string, KindRules> | undefined;

/** By plural. */
export function installedKinds(): ReadonlyMap<string, KindRules> {
  compiled ??= new Map(
    crds.map((crd) => {
      const { group, names, versions } = crd.spec;
      const type = { apiVersion: `${group}/${versions[0]?.name ?? ''}`, kind: names.kind };
      return [names.plural, rulesOf(compileCrd(crd), type)];
    }),
  );
  return compiled;
}

function rulesOf(crd: CompiledCrd, type: { apiVersion: string; kind: string }): KindRules {
  return {
    complete(object) {
      const { apiVersion: _version, kind: _kind, ...rest } = crd.normalise({ ...type, ...object });
      return { ...rest, metadata: object.metadata } satisfies ApiObject;
    },
    unknownFields: (object) => crd.unknownFields({ ...type, ...object }),
    check: (object, before) =>
      crd
        .validate({ ...type, ...object }, before && { ...type, ...before })
        .map(({ field, message }) => ({ reason: 'FieldValueInvalid', message, field })),
  };
}
