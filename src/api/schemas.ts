// The CRDs as data, for the sandbox and for commands that check manifests. Made from crds/clusterregistrycredentials.yaml by "npm run generate"; do not edit.

/** A CustomResourceDefinition, as much of it as is read here. */
export interface CrdManifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: {
      readonly kind: string;
      readonly listKind: string;
      readonly plural: string;
      readonly singular: string;
      readonly shortNames: readonly string[];
      readonly categories: readonly string[];
    };
    readonly versions: readonly {
      readonly name: string;
      readonly served: boolean;
      readonly storage: boolean;
      readonly subresources: { readonly status: object };
      readonly schema: { readonly openAPIV3Schema: object };
      readonly [other: string]: unknown;
    }[];
    readonly [other: string]: unknown;
  };
}

export const crds: readonly CrdManifest[] = [
 {
  "apiVersion": "apiextensions.k8s.io/v1",
  "kind": "CustomResourceDefinition",
  "metadata": {
   "name": "clusterregistrycredentials.regcred.dev"
  },
  "spec": {
   "group": "regcred.dev",
   "scope": "Cluster",
   "names": {
    "kind": "ClusterRegistryCredential",
    "listKind": "ClusterRegistryCredentialList",
    "plural": "clusterregistrycredentials",
    "singular": "clusterregistrycredential",
    "shortNames": [
     "cregcred"
    ],
    "categories": [
     "regcreds"
    ]
   },
   "conversion": {
    "strategy": "None"
   },
   "versions": [
    {
     "name": "v1alpha1",
     "served": true,
     "storage": true,
     "subresources": {
      "status": {}
     },
     "additionalPrinterColumns": [
      {
       "name": "Ready",
       "type": "string",
       "jsonPath": ".status.conditions[?(@.type==\"Ready\")].status",
       "description": "Whether a live token is held"
      },
      {
       "name": "Reason",
       "type": "string",
       "jsonPath": ".status.conditions[?(@.type==\"Ready\")].reason",
       "description": "Why"
      },
      {
       "name": "Provider",
       "type": "string",
       "jsonPath": ".status.provider",
       "description": "The registry service"
      },
      {
       "name": "Expires",
       "type": "string",
       "jsonPath": ".status.expirationTime",
       "description": "The earliest expiry of all tokens in use"
      },
      {
       "name": "Namespaces",
       "type": "string",
       "jsonPath": ".status.namespaces.summary",
       "description": "Namespaces served, of those selected"
      },
      {
       "name": "Age",
       "type": "date",
       "jsonPath": ".metadata.creationTimestamp"
      }
     ],
     "schema": {
      "openAPIV3Schema": {
       "description": "Keeps a login for container registries alive: the operator obtains tokens, refreshes them before they expire, writes them into a pull Secret in every selected namespace, and names that Secret in the imagePullSecrets of its ServiceAccounts. All Secrets and ServiceAccounts that the spec refers to are read in the operator's namespace.",
       "type": "object",
       "required": [
        "spec"
       ],
       "x-kubernetes-validations": [
        {
         "rule": "self.metadata.name.size() <= 200",
         "message": "metadata.name must have at most 200 characters"
        }
       ],
       "properties": {
        "apiVersion": {
         "description": "regcred.dev/v1alpha1.",
         "type": "string",
         "maxLength": 64
        },
        "kind": {
         "description": "The kind of this object.",
         "type": "string",
         "maxLength": 64
        },
        "metadata": {
         "type": "object"
        },
        "spec": {
         "title": "CredentialSpec",
         "description": "Which registry, which identity, and where the pull Secret goes.",
         "type": "object",
         "required": [
          "provider",
          "namespaces"
         ],
         "x-kubernetes-validations": [
          {
           "rule": "!has(self.secretName) || ![ has(self.provider.ecr) && has(self.provider.ecr.auth.accessKey) && self.provider.ecr.auth.accessKey.secretRef.name == self.secretName, has(self.provider.gar) && has(self.provider.gar.auth.serviceAccountKey) && self.provider.gar.auth.serviceAccountKey.secretRef.name == self.secretName, has(self.provider.acr) && has(self.provider.acr.auth.servicePrincipal) && self.provider.acr.auth.servicePrincipal.secretRef.name == self.secretName, has(self.provider.icr) && has(self.provider.icr.auth.apiKey) && self.provider.icr.auth.apiKey.secretRef.name == self.secretName, has(self.provider.ocir) && has(self.provider.ocir.auth.signingKey) && self.provider.ocir.auth.signingKey.secretRef.name == self.secretName, has(self.provider.static) && has(self.provider.static.auth.dockerConfig) && self.provider.static.auth.dockerConfig.secretRef.name == self.secretName, has(self.provider.static) && has(self.provider.static.auth.basic) && self.provider.static.auth.basic.secretRef.name == self.secretName ].exists(x, x)",
           "message": "`secretRef.name` must differ from `secretName`: what the operator writes can not be its input"
          }
         ],
         "properties": {
          "provider": {
           "title": "ProviderSpec",
           "description": "The registry service, its registries and the identity that asks it for tokens; exactly one.",
           "type": "object",
           "x-kubernetes-validations": [
            {
             "rule": "[has(self.ecr), has(self.gar), has(self.acr), has(self.icr), has(self.ocir), has(self.static)].filter(x, x).size() == 1",
             "message": "must set exactly one of `ecr`, `gar`, `acr`, `icr`, `ocir`, `static`"
            }
           ],
           "properties": {
            "ecr": {
             "title": "EcrSpec",
             "description": "Amazon Elastic Container Registry, private (all partitions, FIPS, dual-stack) and public. Tokens live 12 hours. The region comes from the host.",
             "type": "object",
             "required": [
              "registries",
              "auth"
             ],
             "x-kubernetes-validations": [
              {
               "rule": "self.registries.all(r, !has(r.repositories) || has(r.assumeRole) || has(self.assumeRole) || has(self.auth.workloadIdentity))",
               "message": "`registries[].repositories` needs `assumeRole` or `auth.workloadIdentity`: only a role can be narrowed"
              }
             ],
             "properties": {
              "registries": {
               "description": "The registries, or parts of registries, that the login is published for. Each prefix is one key in the docker config of the pull Secret.",
               "type": "array",
               "minItems": 1,
               "maxItems": 64,
               "x-kubernetes-list-type": "map",
               "x-kubernetes-list-map-keys": [
                "prefix"
               ],
               "items": {
                "title": "EcrRegistry",
                "description": "One registry, or one part of it.",
                "type": "object",
                "required": [
                 "prefix"
                ],
                "properties": {
                 "prefix": {
                  "description": "An ECR host with an optional path, such as `111122223333.dkr.ecr.eu-west-1.amazonaws.com/team-a`, lower case, without scheme and final slash. The account may be `*` (`*.dkr.ecr.eu-west-1.amazonaws.com`): one key for all accounts of the region; such a prefix is not verified. The path is matched as text, not by segments: the kubelet tries `HOST/team-a` also for images of `HOST/team-a2`.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 511,
                  "x-kubernetes-validations": [
                   {
                    "rule": "self.matches('^(([0-9]{12}|[*])[.]dkr[.-]ecr(-fips)?[.][a-z0-9][a-z0-9-]*[.](amazonaws[.]com([.]cn)?|amazonaws[.]eu|on[.]aws|on[.]amazonwebservices[.](com[.]cn|eu)|c2s[.]ic[.]gov|sc2s[.]sgov[.]gov|cloud[.]adc-e[.]uk|csp[.]hci[.]ic[.]gov)|public[.]ecr[.]aws|ecr-public[.]aws[.]com)(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$')",
                    "message": "must be an ECR host with an optional path, lower case, without scheme and final slash, such as 111122223333.dkr.ecr.eu-west-1.amazonaws.com/team-a or public.ecr.aws"
                   }
                  ]
                 },
                 "verifyRepository": {
                  "description": "An image repository below the host, whole path, without tag, such as `team-a/base/jre`. Verification then proves a real right to pull it, not only the login.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 255,
                  "pattern": "^[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$"
                 },
                 "assumeRole": {
                  "title": "EcrAssumeRole",
                  "description": "The role to assume for this prefix, instead of `ecr.assumeRole`: one credential can serve many accounts.",
                  "type": "object",
                  "required": [
                   "roleARN"
                  ],
                  "properties": {
                   "roleARN": {
                    "description": "ARN of the IAM role to assume.",
                    "type": "string",
                    "minLength": 20,
                    "maxLength": 640,
                    "x-kubernetes-validations": [
                     {
                      "rule": "self.matches('^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$')",
                      "message": "must be the ARN of an IAM role, such as arn:aws:iam::111122223333:role/pull"
                     }
                    ]
                   },
                   "externalID": {
                    "description": "External id that the trust policy of the role asks for.",
                    "type": "string",
                    "minLength": 2,
                    "maxLength": 1224,
                    "pattern": "^[A-Za-z0-9_+=,.@:/-]+$"
                   },
                   "sessionName": {
                    "description": "Name of the session, as CloudTrail shows it. Default: made from the credential.",
                    "type": "string",
                    "minLength": 2,
                    "maxLength": 64,
                    "pattern": "^[A-Za-z0-9_+=,.@-]+$"
                   }
                  }
                 },
                 "repositories": {
                  "description": "Narrows the role to pulls of these repositories, by an inline session policy. Literal names with `*`. Needs `assumeRole` or `auth.workloadIdentity`. Whether AWS binds the published token to the session policy is unverified: do not rely on it alone to keep tenants apart.",
                  "type": "array",
                  "minItems": 1,
                  "maxItems": 50,
                  "x-kubernetes-list-type": "set",
                  "items": {
                   "type": "string",
                   "minLength": 1,
                   "maxLength": 255,
                   "pattern": "^[a-z0-9*][a-z0-9*._/-]*$"
                  }
                 }
                }
               }
              },
              "auth": {
               "title": "EcrAuth",
               "description": "How the operator proves who it is; exactly one mode.",
               "type": "object",
               "x-kubernetes-validations": [
                {
                 "rule": "[has(self.ambient), has(self.workloadIdentity), has(self.accessKey)].filter(x, x).size() == 1",
                 "message": "must set exactly one of `ambient`, `workloadIdentity`, `accessKey`"
                }
               ],
               "properties": {
                "ambient": {
                 "title": "EcrAmbient",
                 "description": "The operator's own identity. For platform administrators only; a RegistryCredential has no such mode.",
                 "type": "object",
                 "properties": {
                  "source": {
                   "description": "`Workload`: the identity of the operator's ServiceAccount (IRSA, EKS Pod Identity). `Node`: the role of the node, from the instance metadata. There is no fallback from one to the other.",
                   "type": "string",
                   "default": "Workload",
                   "enum": [
                    "Workload",
                    "Node"
                   ]
                  }
                 }
                },
                "workloadIdentity": {
                 "title": "EcrWorkloadIdentity",
                 "description": "Web identity of a ServiceAccount (token audience `sts.amazonaws.com`). The trust policy of the role must allow the ServiceAccount.",
                 "type": "object",
                 "required": [
                  "serviceAccountRef"
                 ],
                 "properties": {
                  "serviceAccountRef": {
                   "title": "ServiceAccountRef",
                   "description": "The ServiceAccount whose identity is used: the operator asks the API server for a short-lived token of it.",
                   "type": "object",
                   "required": [
                    "name"
                   ],
                   "x-kubernetes-map-type": "atomic",
                   "properties": {
                    "name": {
                     "description": "Name of a ServiceAccount in the operator's namespace.",
                     "type": "string",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
                    }
                   }
                  },
                  "roleARN": {
                   "description": "ARN of the IAM role. Default: annotation `eks.amazonaws.com/role-arn` of the ServiceAccount.",
                   "type": "string",
                   "minLength": 20,
                   "maxLength": 640,
                   "x-kubernetes-validations": [
                    {
                     "rule": "self.matches('^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$')",
                     "message": "must be the ARN of an IAM role, such as arn:aws:iam::111122223333:role/pull"
                    }
                   ]
                  }
                 }
                },
                "accessKey": {
                 "title": "EcrAccessKey",
                 "description": "Access keys of an IAM user, or temporary ones, in a Secret.",
                 "type": "object",
                 "required": [
                  "secretRef"
                 ],
                 "properties": {
                  "secretRef": {
                   "title": "SecretRef",
                   "description": "The Secret that holds the access keys.",
                   "type": "object",
                   "required": [
                    "name"
                   ],
                   "x-kubernetes-map-type": "atomic",
                   "properties": {
                    "name": {
                     "description": "Name of a Secret in the operator's namespace. It must carry the label `regcred.dev/input: \"true\"`. Secrets written by the operator are never inputs.",
                     "type": "string",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
                    }
                   }
                  },
                  "keys": {
                   "title": "EcrAccessKeyKeys",
                   "description": "Names of the keys in the Secret, where they differ from the defaults.",
                   "type": "object",
                   "default": {},
                   "properties": {
                    "accessKeyID": {
                     "description": "Key of the access key id.",
                     "type": "string",
                     "default": "AWS_ACCESS_KEY_ID",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[-._a-zA-Z0-9]+$"
                    },
                    "secretAccessKey": {
                     "description": "Key of the secret access key.",
                     "type": "string",
                     "default": "AWS_SECRET_ACCESS_KEY",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[-._a-zA-Z0-9]+$"
                    },
                    "sessionToken": {
                     "description": "Key of the session token; it may be absent from the Secret.",
                     "type": "string",
                     "default": "AWS_SESSION_TOKEN",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[-._a-zA-Z0-9]+$"
                    }
                   }
                  }
                 }
                }
               }
              },
              "assumeRole": {
               "title": "EcrAssumeRole",
               "description": "A role to assume on top of `auth`, for all prefixes that name none of their own.",
               "type": "object",
               "required": [
                "roleARN"
               ],
               "properties": {
                "roleARN": {
                 "description": "ARN of the IAM role to assume.",
                 "type": "string",
                 "minLength": 20,
                 "maxLength": 640,
                 "x-kubernetes-validations": [
                  {
                   "rule": "self.matches('^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$')",
                   "message": "must be the ARN of an IAM role, such as arn:aws:iam::111122223333:role/pull"
                  }
                 ]
                },
                "externalID": {
                 "description": "External id that the trust policy of the role asks for.",
                 "type": "string",
                 "minLength": 2,
                 "maxLength": 1224,
                 "pattern": "^[A-Za-z0-9_+=,.@:/-]+$"
                },
                "sessionName": {
                 "description": "Name of the session, as CloudTrail shows it. Default: made from the credential.",
                 "type": "string",
                 "minLength": 2,
                 "maxLength": 64,
                 "pattern": "^[A-Za-z0-9_+=,.@-]+$"
                }
               }
              }
             }
            },
            "gar": {
             "title": "GarSpec",
             "description": "Google Artifact Registry, and the gcr.io names that it serves. Tokens live one hour.",
             "type": "object",
             "required": [
              "registries",
              "auth"
             ],
             "properties": {
              "registries": {
               "description": "The registries, or parts of registries, that the login is published for. Each prefix is one key in the docker config of the pull Secret.",
               "type": "array",
               "minItems": 1,
               "maxItems": 64,
               "x-kubernetes-list-type": "map",
               "x-kubernetes-list-map-keys": [
                "prefix"
               ],
               "items": {
                "title": "GarRegistry",
                "description": "One registry, or one part of it.",
                "type": "object",
                "required": [
                 "prefix"
                ],
                "properties": {
                 "prefix": {
                  "description": "An Artifact Registry host with an optional path, such as `europe-docker.pkg.dev/team-a-prod`, lower case, without scheme and final slash. These hosts are shared by all projects: name the project in the path. The path is matched as text, not by segments: the kubelet tries `HOST/team-a` also for images of `HOST/team-a2`.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 511,
                  "x-kubernetes-validations": [
                   {
                    "rule": "self.matches('^(([a-z0-9-]+[.])?gcr[.]io|[a-z0-9-]+-docker[.]pkg[.]dev)(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$')",
                    "message": "must be an Artifact Registry host with an optional path, lower case, without scheme and final slash, such as europe-docker.pkg.dev/my-project or eu.gcr.io"
                   }
                  ]
                 },
                 "verifyRepository": {
                  "description": "An image repository below the host, whole path, without tag, such as `team-a/base/jre`. Verification then proves a real right to pull it, not only the login.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 255,
                  "pattern": "^[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$"
                 }
                }
               }
              },
              "auth": {
               "title": "GarAuth",
               "description": "How the operator proves who it is; exactly one mode.",
               "type": "object",
               "x-kubernetes-validations": [
                {
                 "rule": "[has(self.ambient), has(self.workloadIdentity), has(self.serviceAccountKey)].filter(x, x).size() == 1",
                 "message": "must set exactly one of `ambient`, `workloadIdentity`, `serviceAccountKey`"
                }
               ],
               "properties": {
                "ambient": {
                 "title": "GarAmbient",
                 "description": "The operator's own identity (metadata server, GKE workload identity). For platform administrators only; a RegistryCredential has no such mode.",
                 "type": "object",
                 "properties": {}
                },
                "workloadIdentity": {
                 "title": "GarWorkloadIdentity",
                 "description": "Workload identity federation of a ServiceAccount.",
                 "type": "object",
                 "required": [
                  "serviceAccountRef"
                 ],
                 "x-kubernetes-validations": [
                  {
                   "rule": "[has(self.workloadIdentityProvider), has(self.gke)].filter(x, x).size() == 1",
                   "message": "must set exactly one of `workloadIdentityProvider`, `gke`"
                  }
                 ],
                 "properties": {
                  "serviceAccountRef": {
                   "title": "ServiceAccountRef",
                   "description": "The ServiceAccount whose identity is used: the operator asks the API server for a short-lived token of it.",
                   "type": "object",
                   "required": [
                    "name"
                   ],
                   "x-kubernetes-map-type": "atomic",
                   "properties": {
                    "name": {
                     "description": "Name of a ServiceAccount in the operator's namespace.",
                     "type": "string",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
                    }
                   }
                  },
                  "workloadIdentityProvider": {
                   "description": "Full name of the provider in a workload identity pool; the audience is derived from it.",
                   "type": "string",
                   "minLength": 1,
                   "maxLength": 255,
                   "x-kubernetes-validations": [
                    {
                     "rule": "self.matches('^projects/[0-9]+/locations/global/workloadIdentityPools/[a-z0-9-]+/providers/[a-z0-9-]+$')",
                     "message": "must be the full name of a provider, such as projects/123456789/locations/global/workloadIdentityPools/my-pool/providers/my-provider"
                    }
                   ]
                  },
                  "gke": {
                   "title": "GarGke",
                   "description": "The GKE cluster's own workload identity pool. Without `impersonate` the ServiceAccount's annotation `iam.gke.io/gcp-service-account` names the Google service account, if it is there.",
                   "type": "object",
                   "required": [
                    "projectID",
                    "location",
                    "clusterName"
                   ],
                   "properties": {
                    "projectID": {
                     "description": "Id of the project of the cluster, such as `my-project`.",
                     "type": "string",
                     "minLength": 6,
                     "maxLength": 128,
                     "pattern": "^([a-z0-9][-.a-z0-9]*:)?[a-z][-a-z0-9]*[a-z0-9]$"
                    },
                    "location": {
                     "description": "Region or zone of the cluster, such as `europe-west1`.",
                     "type": "string",
                     "minLength": 1,
                     "maxLength": 63,
                     "pattern": "^[a-z][-a-z0-9]*[a-z0-9]$"
                    },
                    "clusterName": {
                     "description": "Name of the cluster.",
                     "type": "string",
                     "minLength": 1,
                     "maxLength": 63,
                     "pattern": "^[a-z]([-a-z0-9]*[a-z0-9])?$"
                    }
                   }
                  }
                 }
                },
                "serviceAccountKey": {
                 "title": "GarServiceAccountKey",
                 "description": "Key file of a Google service account, in a Secret. Only named fields of the JSON are read; files that name URLs, files or commands are refused.",
                 "type": "object",
                 "required": [
                  "secretRef"
                 ],
                 "properties": {
                  "secretRef": {
                   "title": "SecretRef",
                   "description": "The Secret that holds the key file.",
                   "type": "object",
                   "required": [
                    "name"
                   ],
                   "x-kubernetes-map-type": "atomic",
                   "properties": {
                    "name": {
                     "description": "Name of a Secret in the operator's namespace. It must carry the label `regcred.dev/input: \"true\"`. Secrets written by the operator are never inputs.",
                     "type": "string",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
                    }
                   }
                  },
                  "keys": {
                   "title": "GarServiceAccountKeyKeys",
                   "description": "Names of the keys in the Secret, where they differ from the defaults.",
                   "type": "object",
                   "default": {},
                   "properties": {
                    "keyFile": {
                     "description": "Key of the JSON key file.",
                     "type": "string",
                     "default": "key.json",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[-._a-zA-Z0-9]+$"
                    }
                   }
                  }
                 }
                }
               }
              },
              "impersonate": {
               "title": "GarImpersonate",
               "description": "A Google service account to act as, on top of `auth`.",
               "type": "object",
               "required": [
                "serviceAccountEmail"
               ],
               "properties": {
                "serviceAccountEmail": {
                 "description": "E-mail address of the service account.",
                 "type": "string",
                 "minLength": 1,
                 "maxLength": 253,
                 "x-kubernetes-validations": [
                  {
                   "rule": "self.matches('^[a-z0-9]([-.a-z0-9]*[a-z0-9])?@[a-z0-9][-.a-z0-9]*[.]gserviceaccount[.]com$')",
                   "message": "must be the e-mail address of a Google service account, such as puller@my-project.iam.gserviceaccount.com"
                  }
                 ]
                },
                "lifetimeSeconds": {
                 "description": "Life of the tokens. More than 3600 needs an organisation policy that allows it.",
                 "type": "integer",
                 "format": "int32",
                 "default": 3600,
                 "minimum": 600,
                 "maximum": 43200
                }
               }
              }
             }
            },
            "acr": {
             "title": "AcrSpec",
             "description": "Azure Container Registry. Tokens live about three hours. Cloud and authority come from the suffix of the host.",
             "type": "object",
             "required": [
              "registries",
              "auth"
             ],
             "properties": {
              "registries": {
               "description": "The registries, or parts of registries, that the login is published for. Each prefix is one key in the docker config of the pull Secret.",
               "type": "array",
               "minItems": 1,
               "maxItems": 64,
               "x-kubernetes-list-type": "map",
               "x-kubernetes-list-map-keys": [
                "prefix"
               ],
               "items": {
                "title": "AcrRegistry",
                "description": "One registry, or one part of it.",
                "type": "object",
                "required": [
                 "prefix"
                ],
                "properties": {
                 "prefix": {
                  "description": "An Azure registry with an optional path, such as `teama.azurecr.io`, lower case, without scheme and final slash; also `.cn`, `.us`, domain name label (`teama-abc123.azurecr.io`) and regional (`teama.westeurope.geo.azurecr.io`) names. The path is matched as text, not by segments: the kubelet tries `HOST/team-a` also for images of `HOST/team-a2`.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 511,
                  "x-kubernetes-validations": [
                   {
                    "rule": "self.matches('^([a-z0-9]{5,50}(-[a-z0-9]+)?([.][a-z0-9]+[.]geo)?[.]azurecr[.](io|cn|us))(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$')",
                    "message": "must be an Azure registry with an optional path, lower case, without scheme and final slash, such as myregistry.azurecr.io"
                   }
                  ]
                 },
                 "verifyRepository": {
                  "description": "An image repository below the host, whole path, without tag, such as `team-a/base/jre`. Verification then proves a real right to pull it, not only the login.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 255,
                  "pattern": "^[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$"
                 },
                 "repositories": {
                  "description": "Publishes a token that can pull these repositories only; exact names, without globs.",
                  "type": "array",
                  "minItems": 1,
                  "maxItems": 50,
                  "x-kubernetes-list-type": "set",
                  "items": {
                   "type": "string",
                   "minLength": 1,
                   "maxLength": 255,
                   "pattern": "^[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$"
                  }
                 }
                }
               }
              },
              "auth": {
               "title": "AcrAuth",
               "description": "How the operator proves who it is; exactly one mode.",
               "type": "object",
               "x-kubernetes-validations": [
                {
                 "rule": "[has(self.ambient), has(self.workloadIdentity), has(self.servicePrincipal)].filter(x, x).size() == 1",
                 "message": "must set exactly one of `ambient`, `workloadIdentity`, `servicePrincipal`"
                }
               ],
               "properties": {
                "ambient": {
                 "title": "AcrAmbient",
                 "description": "The operator's own identity. For platform administrators only; a RegistryCredential has no such mode.",
                 "type": "object",
                 "x-kubernetes-validations": [
                  {
                   "rule": "!has(self.resourceID) || (has(self.source) && self.source == 'Node')",
                   "message": "`resourceID` needs `source: Node`"
                  },
                  {
                   "rule": "!(has(self.resourceID) && has(self.clientID))",
                   "message": "must not set both `clientID` and `resourceID`"
                  }
                 ],
                 "properties": {
                  "source": {
                   "description": "`Workload`: Entra workload identity of the operator's ServiceAccount. `Node`: a managed identity of the node, from the instance metadata. There is no fallback from one to the other.",
                   "type": "string",
                   "default": "Workload",
                   "enum": [
                    "Workload",
                    "Node"
                   ]
                  },
                  "tenantID": {
                   "description": "The Entra tenant. Default: what the environment says.",
                   "type": "string",
                   "minLength": 1,
                   "maxLength": 253,
                   "x-kubernetes-validations": [
                    {
                     "rule": "self.matches('^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?([.][a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?)*$')",
                     "message": "must be the tenant id (a GUID) or a domain of the tenant, such as 11111111-2222-3333-4444-555555555555"
                    }
                   ]
                  },
                  "clientID": {
                   "description": "Client id of the identity. Default: what the environment says; under `Node` the system-assigned identity.",
                   "type": "string",
                   "minLength": 36,
                   "maxLength": 36,
                   "x-kubernetes-validations": [
                    {
                     "rule": "self.matches('^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$')",
                     "message": "must be the client id (a GUID), such as 11111111-2222-3333-4444-555555555555"
                    }
                   ]
                  },
                  "resourceID": {
                   "description": "Azure resource id of a user-assigned managed identity; only with `source: Node`, instead of `clientID`.",
                   "type": "string",
                   "minLength": 1,
                   "maxLength": 512,
                   "x-kubernetes-validations": [
                    {
                     "rule": "self.matches('^/subscriptions/[0-9a-fA-F-]{36}/[rR]esource[gG]roups/[-_.()a-zA-Z0-9]+/providers/Microsoft[.]ManagedIdentity/userAssignedIdentities/[-_a-zA-Z0-9]+$')",
                     "message": "must be the resource id of a user-assigned identity, such as /subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/puller"
                    }
                   ]
                  }
                 }
                },
                "workloadIdentity": {
                 "title": "AcrWorkloadIdentity",
                 "description": "Entra workload identity of a ServiceAccount: the application needs a federated credential for it.",
                 "type": "object",
                 "required": [
                  "serviceAccountRef"
                 ],
                 "properties": {
                  "serviceAccountRef": {
                   "title": "ServiceAccountRef",
                   "description": "The ServiceAccount whose identity is used: the operator asks the API server for a short-lived token of it.",
                   "type": "object",
                   "required": [
                    "name"
                   ],
                   "x-kubernetes-map-type": "atomic",
                   "properties": {
                    "name": {
                     "description": "Name of a ServiceAccount in the operator's namespace.",
                     "type": "string",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
                    }
                   }
                  },
                  "tenantID": {
                   "description": "The Entra tenant. Default: annotation `azure.workload.identity/tenant-id` of the ServiceAccount.",
                   "type": "string",
                   "minLength": 1,
                   "maxLength": 253,
                   "x-kubernetes-validations": [
                    {
                     "rule": "self.matches('^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?([.][a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?)*$')",
                     "message": "must be the tenant id (a GUID) or a domain of the tenant, such as 11111111-2222-3333-4444-555555555555"
                    }
                   ]
                  },
                  "clientID": {
                   "description": "Client id of the application. Default: annotation `azure.workload.identity/client-id` of the ServiceAccount.",
                   "type": "string",
                   "minLength": 36,
                   "maxLength": 36,
                   "x-kubernetes-validations": [
                    {
                     "rule": "self.matches('^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$')",
                     "message": "must be the client id (a GUID), such as 11111111-2222-3333-4444-555555555555"
                    }
                   ]
                  }
                 }
                },
                "servicePrincipal": {
                 "title": "AcrServicePrincipal",
                 "description": "An application with a client secret, in a Secret.",
                 "type": "object",
                 "required": [
                  "tenantID",
                  "secretRef"
                 ],
                 "properties": {
                  "tenantID": {
                   "description": "The Entra tenant.",
                   "type": "string",
                   "minLength": 1,
                   "maxLength": 253,
                   "x-kubernetes-validations": [
                    {
                     "rule": "self.matches('^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?([.][a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?)*$')",
                     "message": "must be the tenant id (a GUID) or a domain of the tenant, such as 11111111-2222-3333-4444-555555555555"
                    }
                   ]
                  },
                  "clientID": {
                   "description": "Client id of the application. Default: from the Secret.",
                   "type": "string",
                   "minLength": 36,
                   "maxLength": 36,
                   "x-kubernetes-validations": [
                    {
                     "rule": "self.matches('^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$')",
                     "message": "must be the client id (a GUID), such as 11111111-2222-3333-4444-555555555555"
                    }
                   ]
                  },
                  "secretRef": {
                   "title": "SecretRef",
                   "description": "The Secret that holds the client secret.",
                   "type": "object",
                   "required": [
                    "name"
                   ],
                   "x-kubernetes-map-type": "atomic",
                   "properties": {
                    "name": {
                     "description": "Name of a Secret in the operator's namespace. It must carry the label `regcred.dev/input: \"true\"`. Secrets written by the operator are never inputs.",
                     "type": "string",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
                    }
                   }
                  },
                  "keys": {
                   "title": "AcrServicePrincipalKeys",
                   "description": "Names of the keys in the Secret, where they differ from the defaults.",
                   "type": "object",
                   "default": {},
                   "properties": {
                    "clientID": {
                     "description": "Key of the client id; read only where `clientID` is not set.",
                     "type": "string",
                     "default": "AZURE_CLIENT_ID",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[-._a-zA-Z0-9]+$"
                    },
                    "clientSecret": {
                     "description": "Key of the client secret.",
                     "type": "string",
                     "default": "AZURE_CLIENT_SECRET",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[-._a-zA-Z0-9]+$"
                    }
                   }
                  }
                 }
                }
               }
              }
             }
            },
            "icr": {
             "title": "IcrSpec",
             "description": "IBM Cloud Container Registry. What is published are IAM tokens that live one hour at most.",
             "type": "object",
             "required": [
              "registries",
              "auth"
             ],
             "properties": {
              "registries": {
               "description": "The registries, or parts of registries, that the login is published for. Each prefix is one key in the docker config of the pull Secret.",
               "type": "array",
               "minItems": 1,
               "maxItems": 64,
               "x-kubernetes-list-type": "map",
               "x-kubernetes-list-map-keys": [
                "prefix"
               ],
               "items": {
                "title": "IcrRegistry",
                "description": "One registry, or one part of it.",
                "type": "object",
                "required": [
                 "prefix"
                ],
                "properties": {
                 "prefix": {
                  "description": "An IBM Cloud registry with an optional path that begins with the registry namespace, such as `de.icr.io/platform`, lower case, without scheme and final slash. The entitled registry `cp.icr.io` takes the provider `static`. The path is matched as text, not by segments: the kubelet tries `HOST/team-a` also for images of `HOST/team-a2`.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 511,
                  "x-kubernetes-validations": [
                   {
                    "rule": "self.matches('^((private[.])?([a-z]{2}[0-9]?[.])?icr[.]io)(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$')",
                    "message": "must be an IBM Cloud registry with an optional path, lower case, without scheme and final slash, such as de.icr.io/my-team"
                   },
                   {
                    "rule": "!self.matches('^(private[.])?cp[.]icr[.]io(/|$)')",
                    "message": "cp.icr.io is the entitled registry; use provider `static` with the user name cp"
                   }
                  ]
                 },
                 "verifyRepository": {
                  "description": "An image repository below the host, whole path, without tag, such as `team-a/base/jre`. Verification then proves a real right to pull it, not only the login.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 255,
                  "pattern": "^[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$"
                 }
                }
               }
              },
              "auth": {
               "title": "IcrAuth",
               "description": "How the operator proves who it is; exactly one mode.",
               "type": "object",
               "x-kubernetes-validations": [
                {
                 "rule": "[has(self.apiKey), has(self.workloadIdentity)].filter(x, x).size() == 1",
                 "message": "must set exactly one of `apiKey`, `workloadIdentity`"
                }
               ],
               "properties": {
                "apiKey": {
                 "title": "IcrApiKey",
                 "description": "An IBM Cloud API key in a Secret. It is exchanged for short-lived tokens and never published itself.",
                 "type": "object",
                 "required": [
                  "secretRef"
                 ],
                 "properties": {
                  "secretRef": {
                   "title": "SecretRef",
                   "description": "The Secret that holds the API key.",
                   "type": "object",
                   "required": [
                    "name"
                   ],
                   "x-kubernetes-map-type": "atomic",
                   "properties": {
                    "name": {
                     "description": "Name of a Secret in the operator's namespace. It must carry the label `regcred.dev/input: \"true\"`. Secrets written by the operator are never inputs.",
                     "type": "string",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
                    }
                   }
                  },
                  "keys": {
                   "title": "IcrApiKeyKeys",
                   "description": "Names of the keys in the Secret, where they differ from the defaults.",
                   "type": "object",
                   "default": {},
                   "properties": {
                    "apiKey": {
                     "description": "Key of the API key.",
                     "type": "string",
                     "default": "apikey",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[-._a-zA-Z0-9]+$"
                    }
                   }
                  }
                 }
                },
                "workloadIdentity": {
                 "title": "IcrWorkloadIdentity",
                 "description": "A trusted profile that trusts a ServiceAccount.",
                 "type": "object",
                 "required": [
                  "serviceAccountRef"
                 ],
                 "x-kubernetes-validations": [
                  {
                   "rule": "[has(self.profileID), has(self.profileName)].filter(x, x).size() == 1",
                   "message": "must set exactly one of `profileID`, `profileName`"
                  }
                 ],
                 "properties": {
                  "serviceAccountRef": {
                   "title": "ServiceAccountRef",
                   "description": "The ServiceAccount whose identity is used: the operator asks the API server for a short-lived token of it.",
                   "type": "object",
                   "required": [
                    "name"
                   ],
                   "x-kubernetes-map-type": "atomic",
                   "properties": {
                    "name": {
                     "description": "Name of a ServiceAccount in the operator's namespace.",
                     "type": "string",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
                    }
                   }
                  },
                  "profileID": {
                   "description": "Id of the trusted profile.",
                   "type": "string",
                   "minLength": 1,
                   "maxLength": 128,
                   "x-kubernetes-validations": [
                    {
                     "rule": "self.matches('^Profile-[-0-9a-zA-Z]+$')",
                     "message": "must be the id of a trusted profile, such as Profile-11111111-2222-3333-4444-555555555555"
                    }
                   ]
                  },
                  "profileName": {
                   "description": "Name of the trusted profile.",
                   "type": "string",
                   "minLength": 1,
                   "maxLength": 128,
                   "pattern": "^[^\\x00-\\x1f\\x7f-\\x9f]+$"
                  }
                 }
                }
               }
              }
             }
            },
            "ocir": {
             "title": "OcirSpec",
             "description": "Oracle Cloud Infrastructure Registry. Tokens live about one hour. The region comes from the host.",
             "type": "object",
             "required": [
              "registries",
              "auth"
             ],
             "properties": {
              "registries": {
               "description": "The registries, or parts of registries, that the login is published for. Each prefix is one key in the docker config of the pull Secret.",
               "type": "array",
               "minItems": 1,
               "maxItems": 64,
               "x-kubernetes-list-type": "map",
               "x-kubernetes-list-map-keys": [
                "prefix"
               ],
               "items": {
                "title": "OcirRegistry",
                "description": "One registry, or one part of it.",
                "type": "object",
                "required": [
                 "prefix"
                ],
                "properties": {
                 "prefix": {
                  "description": "An Oracle registry with an optional path that begins with the tenancy namespace, such as `fra.ocir.io/mytenancyns`, lower case, without scheme and final slash. The path is matched as text, not by segments: the kubelet tries `HOST/team-a` also for images of `HOST/team-a2`.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 511,
                  "x-kubernetes-validations": [
                   {
                    "rule": "self.matches('^(([a-z]{3}|[a-z]{2}-[a-z0-9-]+-[0-9]+)[.]ocir[.]io|ocir[.][a-z0-9-]+[.]oci[.](oraclecloud[0-9]*[.]com|oraclegovcloud[.](com|uk)|oraclecloud[.]eu))(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$')",
                    "message": "must be an Oracle registry with an optional path, lower case, without scheme and final slash, such as fra.ocir.io/mytenancyns"
                   }
                  ]
                 },
                 "verifyRepository": {
                  "description": "An image repository below the host, whole path, without tag, such as `team-a/base/jre`. Verification then proves a real right to pull it, not only the login.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 255,
                  "pattern": "^[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$"
                 }
                }
               }
              },
              "auth": {
               "title": "OcirAuth",
               "description": "How the operator proves who it is; exactly one mode.",
               "type": "object",
               "x-kubernetes-validations": [
                {
                 "rule": "[has(self.ambient), has(self.signingKey)].filter(x, x).size() == 1",
                 "message": "must set exactly one of `ambient`, `signingKey`"
                }
               ],
               "properties": {
                "ambient": {
                 "title": "OcirAmbient",
                 "description": "The instance principal of the node that the operator runs on. For platform administrators only; a RegistryCredential has no such mode.",
                 "type": "object",
                 "properties": {}
                },
                "signingKey": {
                 "title": "OcirSigningKey",
                 "description": "An API signing key of a user, in a Secret.",
                 "type": "object",
                 "required": [
                  "tenancyOCID",
                  "userOCID",
                  "fingerprint",
                  "secretRef"
                 ],
                 "properties": {
                  "tenancyOCID": {
                   "description": "OCID of the tenancy.",
                   "type": "string",
                   "minLength": 1,
                   "maxLength": 255,
                   "x-kubernetes-validations": [
                    {
                     "rule": "self.matches('^ocid1[.]tenancy[.][a-z0-9-]+[.]([a-z0-9-]*[.])+[a-z0-9]+$')",
                     "message": "must be the OCID of a tenancy, such as ocid1.tenancy.oc1..aaaaexample"
                    }
                   ]
                  },
                  "userOCID": {
                   "description": "OCID of the user.",
                   "type": "string",
                   "minLength": 1,
                   "maxLength": 255,
                   "x-kubernetes-validations": [
                    {
                     "rule": "self.matches('^ocid1[.]user[.][a-z0-9-]+[.]([a-z0-9-]*[.])+[a-z0-9]+$')",
                     "message": "must be the OCID of a user, such as ocid1.user.oc1..aaaaexample"
                    }
                   ]
                  },
                  "fingerprint": {
                   "description": "Fingerprint of the key: 16 pairs of hexadecimal digits.",
                   "type": "string",
                   "minLength": 47,
                   "maxLength": 47,
                   "x-kubernetes-validations": [
                    {
                     "rule": "self.matches('^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){15}$')",
                     "message": "must be 16 pairs of hexadecimal digits, such as 20:3b:97:13:55:1c:4e:7a:01:02:03:04:05:06:07:08"
                    }
                   ]
                  },
                  "secretRef": {
                   "title": "SecretRef",
                   "description": "The Secret that holds the private key.",
                   "type": "object",
                   "required": [
                    "name"
                   ],
                   "x-kubernetes-map-type": "atomic",
                   "properties": {
                    "name": {
                     "description": "Name of a Secret in the operator's namespace. It must carry the label `regcred.dev/input: \"true\"`. Secrets written by the operator are never inputs.",
                     "type": "string",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
                    }
                   }
                  },
                  "keys": {
                   "title": "OcirSigningKeyKeys",
                   "description": "Names of the keys in the Secret, where they differ from the defaults.",
                   "type": "object",
                   "default": {},
                   "properties": {
                    "privateKey": {
                     "description": "Key of the private key, PEM.",
                     "type": "string",
                     "default": "privateKey",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[-._a-zA-Z0-9]+$"
                    },
                    "passphrase": {
                     "description": "Key of its passphrase; it may be absent from the Secret.",
                     "type": "string",
                     "default": "passphrase",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[-._a-zA-Z0-9]+$"
                    }
                   }
                  }
                 }
                }
               }
              }
             }
            },
            "static": {
             "title": "StaticSpec",
             "description": "Logins that you already have, for any registry: a docker config, or a user name and a password. They are published as they are and do not refresh themselves; the annotation `regcred.dev/expires-at` (RFC 3339) on the Secret tells their end.",
             "type": "object",
             "required": [
              "auth"
             ],
             "x-kubernetes-validations": [
              {
               "rule": "has(self.registries) || has(self.auth.dockerConfig)",
               "message": "`auth.basic` needs `registries`: the Secret does not say what the login is for"
              }
             ],
             "properties": {
              "registries": {
               "description": "The registries, or parts of registries, that the login is published for. Each prefix is one key in the docker config of the pull Secret. With `auth.dockerConfig` they pick entries of the source; left out, all of its entries are published. Needed with `auth.basic`.",
               "type": "array",
               "minItems": 1,
               "maxItems": 64,
               "x-kubernetes-list-type": "map",
               "x-kubernetes-list-map-keys": [
                "prefix"
               ],
               "items": {
                "title": "StaticRegistry",
                "description": "One registry, or one part of it.",
                "type": "object",
                "required": [
                 "prefix"
                ],
                "properties": {
                 "prefix": {
                  "description": "A registry as `HOST[:PORT]` with an optional path, such as `ghcr.io/team-a` or `registry.example.com:5000`, lower case, without scheme and final slash; `docker.io` is Docker Hub. The path is matched as text, not by segments: the kubelet tries `HOST/team-a` also for images of `HOST/team-a2`.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 511,
                  "x-kubernetes-validations": [
                   {
                    "rule": "self.matches('^([a-z0-9]([-a-z0-9]*[a-z0-9])?(([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)+(:[1-9][0-9]{0,4})?|(:[1-9][0-9]{0,4}))|localhost)(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$')",
                    "message": "must be a registry host (with a dot, a port, or localhost) with an optional path, lower case, without scheme and final slash, such as ghcr.io/my-org or registry.example.com:5000"
                   },
                   {
                    "rule": "!self.matches('^[^/:]+:[0-9]{5}(/|$)') || int(self.split('/')[0].split(':')[1]) <= 65535",
                    "message": "the port must be at most 65535"
                   }
                  ]
                 },
                 "verifyRepository": {
                  "description": "An image repository below the host, whole path, without tag, such as `team-a/base/jre`. Verification then proves a real right to pull it, not only the login.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 255,
                  "pattern": "^[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$"
                 }
                }
               }
              },
              "auth": {
               "title": "StaticAuth",
               "description": "Where the logins are; exactly one mode.",
               "type": "object",
               "x-kubernetes-validations": [
                {
                 "rule": "[has(self.dockerConfig), has(self.basic)].filter(x, x).size() == 1",
                 "message": "must set exactly one of `dockerConfig`, `basic`"
                }
               ],
               "properties": {
                "dockerConfig": {
                 "title": "StaticDockerConfig",
                 "description": "A Secret of type kubernetes.io/dockerconfigjson or kubernetes.io/dockercfg; the key follows the type. Entries that delegate to a credential helper are refused: a pull Secret can not run one.",
                 "type": "object",
                 "required": [
                  "secretRef"
                 ],
                 "properties": {
                  "secretRef": {
                   "title": "SecretRef",
                   "description": "The Secret that holds the docker config.",
                   "type": "object",
                   "required": [
                    "name"
                   ],
                   "x-kubernetes-map-type": "atomic",
                   "properties": {
                    "name": {
                     "description": "Name of a Secret in the operator's namespace. It must carry the label `regcred.dev/input: \"true\"`. Secrets written by the operator are never inputs.",
                     "type": "string",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
                    }
                   }
                  }
                 }
                },
                "basic": {
                 "title": "StaticBasic",
                 "description": "A user name and a password (or token) in a Secret, for all of `registries`.",
                 "type": "object",
                 "required": [
                  "secretRef"
                 ],
                 "properties": {
                  "username": {
                   "description": "The user name. Default: from the Secret.",
                   "type": "string",
                   "minLength": 1,
                   "maxLength": 255,
                   "pattern": "^[^:\\x00-\\x1f\\x7f-\\x9f]+$"
                  },
                  "secretRef": {
                   "title": "SecretRef",
                   "description": "The Secret that holds the password.",
                   "type": "object",
                   "required": [
                    "name"
                   ],
                   "x-kubernetes-map-type": "atomic",
                   "properties": {
                    "name": {
                     "description": "Name of a Secret in the operator's namespace. It must carry the label `regcred.dev/input: \"true\"`. Secrets written by the operator are never inputs.",
                     "type": "string",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
                    }
                   }
                  },
                  "keys": {
                   "title": "StaticBasicKeys",
                   "description": "Names of the keys in the Secret, where they differ from the defaults.",
                   "type": "object",
                   "default": {},
                   "properties": {
                    "username": {
                     "description": "Key of the user name; read only where `username` is not set.",
                     "type": "string",
                     "default": "username",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[-._a-zA-Z0-9]+$"
                    },
                    "password": {
                     "description": "Key of the password.",
                     "type": "string",
                     "default": "password",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[-._a-zA-Z0-9]+$"
                    }
                   }
                  }
                 }
                }
               }
              }
             }
            }
           }
          },
          "namespaces": {
           "title": "NamespaceSelection",
           "description": "The namespaces that receive the credential: those that `names` or `selector` chooses, without those that `exclude` chooses. Namespaces created later are served when they appear. System namespaces (`kube-*`) and the operator's own are only served when `names` holds them literally; a namespace labelled `regcred.dev/ignore: \"true\"` is left alone.",
           "type": "object",
           "x-kubernetes-validations": [
            {
             "rule": "(has(self.names) && self.names.size() > 0) || has(self.selector)",
             "message": "must set `names` or `selector`; for all namespaces write names: [\"*\"]"
            }
           ],
           "properties": {
            "names": {
             "description": "Names of namespaces; `*` stands for any number of characters. [\"*\"] is all. A name without a namespace is no error: it is served once created.",
             "type": "array",
             "maxItems": 128,
             "x-kubernetes-list-type": "set",
             "items": {
              "type": "string",
              "minLength": 1,
              "maxLength": 63,
              "pattern": "^[-a-z0-9*]+$"
             }
            },
            "selector": {
             "title": "LabelSelector",
             "description": "Chooses namespaces by their labels. It must not be empty.",
             "type": "object",
             "x-kubernetes-map-type": "atomic",
             "x-kubernetes-validations": [
              {
               "rule": "has(self.matchLabels) || has(self.matchExpressions)",
               "message": "must set `matchLabels` or `matchExpressions`; for all namespaces write names: [\"*\"]"
              }
             ],
             "properties": {
              "matchLabels": {
               "description": "Labels that the namespace must have, all of them.",
               "type": "object",
               "minProperties": 1,
               "maxProperties": 16,
               "additionalProperties": {
                "type": "string",
                "maxLength": 63
               },
               "x-kubernetes-validations": [
                {
                 "rule": "self.all(k, !format.qualifiedName().validate(k).hasValue())",
                 "message": "every key must be a label key, such as team or example.com/team"
                },
                {
                 "rule": "self.all(k, !format.labelValue().validate(self[k]).hasValue())",
                 "message": "every value must be a label value: at most 63 letters, digits, `-`, `_`, `.`"
                }
               ]
              },
              "matchExpressions": {
               "description": "Conditions on labels, all of which must hold.",
               "type": "array",
               "minItems": 1,
               "maxItems": 16,
               "x-kubernetes-list-type": "atomic",
               "items": {
                "title": "LabelSelectorRequirement",
                "description": "One condition on one label.",
                "type": "object",
                "required": [
                 "key",
                 "operator"
                ],
                "x-kubernetes-validations": [
                 {
                  "rule": "!(self.operator in ['In', 'NotIn']) || (has(self.values) && self.values.size() > 0)",
                  "message": "`In` and `NotIn` need `values`"
                 },
                 {
                  "rule": "!(self.operator in ['Exists', 'DoesNotExist']) || !has(self.values) || self.values.size() == 0",
                  "message": "`Exists` and `DoesNotExist` take no `values`"
                 }
                ],
                "properties": {
                 "key": {
                  "description": "Key of the label.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 317,
                  "x-kubernetes-validations": [
                   {
                    "rule": "!format.qualifiedName().validate(self).hasValue()",
                    "message": "must be a label key, such as team or example.com/team"
                   }
                  ]
                 },
                 "operator": {
                  "description": "`In` and `NotIn` compare with `values`; `Exists` and `DoesNotExist` take none. `NotIn` and `DoesNotExist` hold for namespaces without the label.",
                  "type": "string",
                  "enum": [
                   "In",
                   "NotIn",
                   "Exists",
                   "DoesNotExist"
                  ]
                 },
                 "values": {
                  "description": "Values for `In` and `NotIn`.",
                  "type": "array",
                  "maxItems": 64,
                  "x-kubernetes-list-type": "atomic",
                  "items": {
                   "type": "string",
                   "maxLength": 63,
                   "x-kubernetes-validations": [
                    {
                     "rule": "!format.labelValue().validate(self).hasValue()",
                     "message": "must be a label value: at most 63 letters, digits, `-`, `_`, `.`"
                    }
                   ]
                  }
                 }
                }
               }
              }
             }
            },
            "exclude": {
             "title": "NamespaceExclusion",
             "description": "Namespaces that are left out, though `names` or `selector` chooses them.",
             "type": "object",
             "properties": {
              "names": {
               "description": "Names of namespaces; `*` stands for any number of characters.",
               "type": "array",
               "maxItems": 128,
               "x-kubernetes-list-type": "set",
               "items": {
                "type": "string",
                "minLength": 1,
                "maxLength": 63,
                "pattern": "^[-a-z0-9*]+$"
               }
              },
              "selector": {
               "title": "LabelSelector",
               "description": "Leaves out namespaces by their labels. It must not be empty.",
               "type": "object",
               "x-kubernetes-map-type": "atomic",
               "x-kubernetes-validations": [
                {
                 "rule": "has(self.matchLabels) || has(self.matchExpressions)",
                 "message": "must set `matchLabels` or `matchExpressions`; for all namespaces write names: [\"*\"]"
                }
               ],
               "properties": {
                "matchLabels": {
                 "description": "Labels that the namespace must have, all of them.",
                 "type": "object",
                 "minProperties": 1,
                 "maxProperties": 16,
                 "additionalProperties": {
                  "type": "string",
                  "maxLength": 63
                 },
                 "x-kubernetes-validations": [
                  {
                   "rule": "self.all(k, !format.qualifiedName().validate(k).hasValue())",
                   "message": "every key must be a label key, such as team or example.com/team"
                  },
                  {
                   "rule": "self.all(k, !format.labelValue().validate(self[k]).hasValue())",
                   "message": "every value must be a label value: at most 63 letters, digits, `-`, `_`, `.`"
                  }
                 ]
                },
                "matchExpressions": {
                 "description": "Conditions on labels, all of which must hold.",
                 "type": "array",
                 "minItems": 1,
                 "maxItems": 16,
                 "x-kubernetes-list-type": "atomic",
                 "items": {
                  "title": "LabelSelectorRequirement",
                  "description": "One condition on one label.",
                  "type": "object",
                  "required": [
                   "key",
                   "operator"
                  ],
                  "x-kubernetes-validations": [
                   {
                    "rule": "!(self.operator in ['In', 'NotIn']) || (has(self.values) && self.values.size() > 0)",
                    "message": "`In` and `NotIn` need `values`"
                   },
                   {
                    "rule": "!(self.operator in ['Exists', 'DoesNotExist']) || !has(self.values) || self.values.size() == 0",
                    "message": "`Exists` and `DoesNotExist` take no `values`"
                   }
                  ],
                  "properties": {
                   "key": {
                    "description": "Key of the label.",
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 317,
                    "x-kubernetes-validations": [
                     {
                      "rule": "!format.qualifiedName().validate(self).hasValue()",
                      "message": "must be a label key, such as team or example.com/team"
                     }
                    ]
                   },
                   "operator": {
                    "description": "`In` and `NotIn` compare with `values`; `Exists` and `DoesNotExist` take none. `NotIn` and `DoesNotExist` hold for namespaces without the label.",
                    "type": "string",
                    "enum": [
                     "In",
                     "NotIn",
                     "Exists",
                     "DoesNotExist"
                    ]
                   },
                   "values": {
                    "description": "Values for `In` and `NotIn`.",
                    "type": "array",
                    "maxItems": 64,
                    "x-kubernetes-list-type": "atomic",
                    "items": {
                     "type": "string",
                     "maxLength": 63,
                     "x-kubernetes-validations": [
                      {
                       "rule": "!format.labelValue().validate(self).hasValue()",
                       "message": "must be a label value: at most 63 letters, digits, `-`, `_`, `.`"
                      }
                     ]
                    }
                   }
                  }
                 }
                }
               }
              }
             }
            }
           }
          },
          "serviceAccounts": {
           "title": "ServiceAccountSelection",
           "description": "The ServiceAccounts whose `imagePullSecrets` name the pull Secret. Pods take it from there when they are created.",
           "type": "object",
           "default": {},
           "properties": {
            "policy": {
             "description": "`Attach`: the name of the pull Secret is added to the `imagePullSecrets` of the ServiceAccounts. `None`: they are left alone, and pods name the Secret themselves or get it by an admission policy.",
             "type": "string",
             "default": "Attach",
             "enum": [
              "Attach",
              "None"
             ]
            },
            "names": {
             "description": "Names of ServiceAccounts; `*` stands for any number of characters. Names beyond what the installation permits are skipped and reported (`NotPermitted`).",
             "type": "array",
             "maxItems": 64,
             "x-kubernetes-list-type": "set",
             "minItems": 1,
             "default": [
              "default"
             ],
             "items": {
              "type": "string",
              "minLength": 1,
              "maxLength": 253,
              "pattern": "^[-.a-z0-9*]+$"
             }
            },
            "exclude": {
             "description": "ServiceAccounts that are left out, though `names` chooses them; `*` stands for any number of characters.",
             "type": "array",
             "maxItems": 64,
             "x-kubernetes-list-type": "set",
             "items": {
              "type": "string",
              "minLength": 1,
              "maxLength": 253,
              "pattern": "^[-.a-z0-9*]+$"
             }
            }
           }
          },
          "secretName": {
           "description": "Name of the pull Secret. Several credentials with the same name share one Secret, as the kubelet would merge them. A name beyond what the installation permits is reported (`NotPermitted`).",
           "type": "string",
           "minLength": 1,
           "maxLength": 253,
           "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
           "default": "regcred-managed"
          },
          "secretTemplate": {
           "title": "SecretTemplate",
           "description": "Labels and annotations for the pull Secret. Keys under `kubernetes.io/`, `k8s.io/` and `regcred.dev/` are reserved.",
           "type": "object",
           "properties": {
            "labels": {
             "description": "Labels of the pull Secret.",
             "type": "object",
             "maxProperties": 16,
             "additionalProperties": {
              "type": "string",
              "maxLength": 63
             },
             "x-kubernetes-validations": [
              {
               "rule": "self.all(k, !format.qualifiedName().validate(k).hasValue())",
               "message": "every key must be a label key, such as team or example.com/team"
              },
              {
               "rule": "self.all(k, !format.labelValue().validate(self[k]).hasValue())",
               "message": "every value must be a label value: at most 63 letters, digits, `-`, `_`, `.`"
              },
              {
               "rule": "self.all(k, !k.startsWith('regcred.dev/') && !k.contains('.regcred.dev/') && !k.startsWith('kubernetes.io/') && !k.contains('.kubernetes.io/') && !k.startsWith('k8s.io/') && !k.contains('.k8s.io/'))",
               "message": "keys under regcred.dev/, kubernetes.io/ and k8s.io/ are reserved"
              },
              {
               "rule": "self.all(k, !(k in ['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty']))",
               "message": "keys that every JavaScript object has, such as constructor, are refused: tools that read the Secret stumble over them"
              }
             ]
            },
            "annotations": {
             "description": "Annotations of the pull Secret.",
             "type": "object",
             "maxProperties": 16,
             "additionalProperties": {
              "type": "string",
              "maxLength": 1024
             },
             "x-kubernetes-validations": [
              {
               "rule": "self.all(k, !format.qualifiedName().validate(k).hasValue())",
               "message": "every key must be an annotation key, such as team or example.com/team"
              },
              {
               "rule": "self.all(k, !k.startsWith('regcred.dev/') && !k.contains('.regcred.dev/') && !k.startsWith('kubernetes.io/') && !k.contains('.kubernetes.io/') && !k.startsWith('k8s.io/') && !k.contains('.k8s.io/'))",
               "message": "keys under regcred.dev/, kubernetes.io/ and k8s.io/ are reserved"
              },
              {
               "rule": "self.all(k, !(k in ['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty']))",
               "message": "keys that every JavaScript object has, such as constructor, are refused: tools that read the Secret stumble over them"
              }
             ]
            }
           }
          },
          "refresh": {
           "title": "RefreshSpec",
           "description": "When tokens are issued again.",
           "type": "object",
           "default": {},
           "properties": {
            "afterPercent": {
             "description": "Upper end of the window in which a token is issued again, in percent of its real remaining life. The window begins at four fifths of it, so that a fleet of credentials does not refresh at one moment.",
             "type": "integer",
             "format": "int32",
             "default": 50,
             "minimum": 20,
             "maximum": 90
            }
           }
          },
          "verification": {
           "title": "VerificationSpec",
           "description": "Whether a new token is tried at the registry before it is published.",
           "type": "object",
           "default": {},
           "properties": {
            "mode": {
             "description": "`Off`: no probe. `Warn`: the verdict is shown; a token proven invalid replaces a live good one only in its last tenth of life. `Require`: a token proven invalid is never published.",
             "type": "string",
             "default": "Warn",
             "enum": [
              "Off",
              "Warn",
              "Require"
             ]
            }
           }
          },
          "precedence": {
           "description": "Who wins where a RegistryCredential of a tenant publishes the same key. `Overridable`: the tenant, in its own namespace. `Enforced`: this credential; no RegistryCredential takes its keys, nor a longer path under them.",
           "type": "string",
           "default": "Overridable",
           "enum": [
            "Overridable",
            "Enforced"
           ]
          },
          "conflictPolicy": {
           "description": "What happens where a Secret of that name exists and is not ours. `Fail`: it is left alone and reported. `Adopt`: we merge into it, if it is a docker config; its other hosts stay, also when we leave.",
           "type": "string",
           "default": "Fail",
           "enum": [
            "Fail",
            "Adopt"
           ]
          },
          "expiryPolicy": {
           "description": "What happens to an entry whose token has expired and can not be renewed. An expired entry also blocks anonymous pulls of public images on its host. `Auto`: removed on hosts that allow anonymous pulls (Docker Hub, GHCR, Quay, public.ecr.aws, gcr.io, pkg.dev), kept elsewhere. `Keep`, `Remove`: everywhere.",
           "type": "string",
           "default": "Auto",
           "enum": [
            "Auto",
            "Keep",
            "Remove"
           ]
          },
          "deletionPolicy": {
           "description": "What happens to the pull Secrets when this credential is deleted. `Delete`: its entries are removed after a short grace. `Retain`: Secrets and entries stay and belong to you from then on; nobody refreshes them.",
           "type": "string",
           "default": "Delete",
           "enum": [
            "Delete",
            "Retain"
           ]
          },
          "suspend": {
           "description": "true: no token is issued and nothing but the status is written, and a changed deletionPolicy into the markers; what is published stays. Deletion still cleans up.",
           "type": "boolean",
           "default": false
          }
         }
        },
        "status": {
         "title": "CredentialStatus",
         "description": "What the operator did, and what it could not do.",
         "type": "object",
         "default": {
          "observedGeneration": -1
         },
         "properties": {
          "observedGeneration": {
           "description": "The generation of the spec that this status speaks of; -1 until the operator has seen it.",
           "type": "integer",
           "format": "int64",
           "minimum": -1
          },
          "provider": {
           "description": "The provider in use.",
           "type": "string",
           "maxLength": 32
          },
          "conditions": {
           "description": "`Ready`: a live token is held. `TokenIssued`: the last issue. `Verified`: what the registries say to the token. `Synced`: every selected namespace has its pull Secret. `Shadowed`: another credential wins a key of this one. `Stalled`, only while True: a change of the spec is needed.",
           "type": "array",
           "maxItems": 16,
           "x-kubernetes-list-type": "map",
           "x-kubernetes-list-map-keys": [
            "type"
           ],
           "items": {
            "title": "Condition",
            "description": "One aspect of the state.",
            "type": "object",
            "required": [
             "type",
             "status",
             "lastTransitionTime",
             "reason",
             "message"
            ],
            "properties": {
             "type": {
              "description": "What the condition is about.",
              "type": "string",
              "minLength": 1,
              "maxLength": 316,
              "pattern": "^[A-Za-z][A-Za-z0-9]*$"
             },
             "status": {
              "description": "True, False or Unknown.",
              "type": "string",
              "enum": [
               "True",
               "False",
               "Unknown"
              ]
             },
             "observedGeneration": {
              "description": "The generation of the spec that the condition speaks of.",
              "type": "integer",
              "format": "int64",
              "minimum": 0
             },
             "lastTransitionTime": {
              "description": "When `status` changed last.",
              "type": "string",
              "format": "date-time",
              "maxLength": 64
             },
             "reason": {
              "description": "Why, in one word of a closed set.",
              "type": "string",
              "minLength": 1,
              "maxLength": 128,
              "pattern": "^[A-Za-z][A-Za-z0-9_]*$"
             },
             "message": {
              "description": "Why, in a sentence, and what to do.",
              "type": "string",
              "maxLength": 1024
             }
            }
           }
          },
          "expirationTime": {
           "description": "The earliest expiry of all tokens in use; absent where they do not expire.",
           "type": "string",
           "format": "date-time",
           "maxLength": 64
          },
          "nextRefreshTime": {
           "description": "When tokens are issued again.",
           "type": "string",
           "format": "date-time",
           "maxLength": 64
          },
          "lastHandledRefresh": {
           "description": "The value of the annotation `regcred.dev/refresh` that was acted on last.",
           "type": "string",
           "maxLength": 256
          },
          "registries": {
           "description": "One line per prefix: which region or role is broken, without logs.",
           "type": "array",
           "maxItems": 64,
           "x-kubernetes-list-type": "map",
           "x-kubernetes-list-map-keys": [
            "prefix"
           ],
           "items": {
            "title": "RegistryStatus",
            "description": "The state of one prefix.",
            "type": "object",
            "required": [
             "prefix"
            ],
            "properties": {
             "prefix": {
              "description": "The prefix, as in the spec or in the source.",
              "type": "string",
              "minLength": 1,
              "maxLength": 511
             },
             "principal": {
              "description": "Who the token speaks for; for display.",
              "type": "string",
              "maxLength": 512
             },
             "issueTime": {
              "description": "When the token in use was issued.",
              "type": "string",
              "format": "date-time",
              "maxLength": 64
             },
             "expirationTime": {
              "description": "When the token in use expires; absent if it does not.",
              "type": "string",
              "format": "date-time",
              "maxLength": 64
             },
             "verdict": {
              "description": "What the registry said to the token: a reason of `Verified`.",
              "type": "string",
              "maxLength": 128
             },
             "reason": {
              "description": "How the token stands: a reason of `TokenIssued`.",
              "type": "string",
              "maxLength": 128
             }
            }
           }
          },
          "namespaces": {
           "title": "NamespaceCounts",
           "description": "How many namespaces are served.",
           "type": "object",
           "properties": {
            "selected": {
             "description": "Live namespaces that are selected.",
             "type": "integer",
             "format": "int32",
             "minimum": 0
            },
            "synced": {
             "description": "Of these, with everything in place.",
             "type": "integer",
             "format": "int32",
             "minimum": 0
            },
            "failed": {
             "description": "Of these, where something failed.",
             "type": "integer",
             "format": "int32",
             "minimum": 0
            },
            "summary": {
             "description": "`synced/selected`, for the printer column.",
             "type": "string",
             "maxLength": 32
            }
           }
          },
          "failures": {
           "description": "What failed where: the first ten namespaces by name.",
           "type": "array",
           "maxItems": 10,
           "x-kubernetes-list-type": "atomic",
           "items": {
            "title": "NamespaceFailure",
            "description": "What failed in one namespace.",
            "type": "object",
            "required": [
             "name",
             "reason",
             "message"
            ],
            "properties": {
             "name": {
              "description": "The namespace.",
              "type": "string",
              "minLength": 1,
              "maxLength": 63
             },
             "reason": {
              "description": "Why, in one word: a reason of `Synced`.",
              "type": "string",
              "maxLength": 128
             },
             "message": {
              "description": "Why, in a sentence, and what to do.",
              "type": "string",
              "maxLength": 256
             }
            }
           }
          }
         }
        }
       }
      }
     }
    }
   ]
  }
 },
 {
  "apiVersion": "apiextensions.k8s.io/v1",
  "kind": "CustomResourceDefinition",
  "metadata": {
   "name": "registrycredentials.regcred.dev"
  },
  "spec": {
   "group": "regcred.dev",
   "scope": "Namespaced",
   "names": {
    "kind": "RegistryCredential",
    "listKind": "RegistryCredentialList",
    "plural": "registrycredentials",
    "singular": "registrycredential",
    "shortNames": [
     "regcred"
    ],
    "categories": [
     "regcreds"
    ]
   },
   "conversion": {
    "strategy": "None"
   },
   "versions": [
    {
     "name": "v1alpha1",
     "served": true,
     "storage": true,
     "subresources": {
      "status": {}
     },
     "additionalPrinterColumns": [
      {
       "name": "Ready",
       "type": "string",
       "jsonPath": ".status.conditions[?(@.type==\"Ready\")].status",
       "description": "Whether a live token is held"
      },
      {
       "name": "Reason",
       "type": "string",
       "jsonPath": ".status.conditions[?(@.type==\"Ready\")].reason",
       "description": "Why"
      },
      {
       "name": "Provider",
       "type": "string",
       "jsonPath": ".status.provider",
       "description": "The registry service"
      },
      {
       "name": "Expires",
       "type": "string",
       "jsonPath": ".status.expirationTime",
       "description": "The earliest expiry of all tokens in use"
      },
      {
       "name": "Namespaces",
       "type": "string",
       "jsonPath": ".status.namespaces.summary",
       "description": "Namespaces served, of those selected"
      },
      {
       "name": "Age",
       "type": "date",
       "jsonPath": ".metadata.creationTimestamp"
      }
     ],
     "schema": {
      "openAPIV3Schema": {
       "description": "Keeps a login for container registries alive: the operator obtains tokens, refreshes them before they expire, writes them into a pull Secret in this object's own namespace and nowhere else, and names that Secret in the imagePullSecrets of its ServiceAccounts. All Secrets and ServiceAccounts that the spec refers to are read in this credential's own namespace.",
       "type": "object",
       "required": [
        "spec"
       ],
       "x-kubernetes-validations": [
        {
         "rule": "self.metadata.name.size() <= 200",
         "message": "metadata.name must have at most 200 characters"
        }
       ],
       "properties": {
        "apiVersion": {
         "description": "regcred.dev/v1alpha1.",
         "type": "string",
         "maxLength": 64
        },
        "kind": {
         "description": "The kind of this object.",
         "type": "string",
         "maxLength": 64
        },
        "metadata": {
         "type": "object"
        },
        "spec": {
         "title": "CredentialSpec",
         "description": "Which registry, which identity, and where the pull Secret goes.",
         "type": "object",
         "required": [
          "provider"
         ],
         "x-kubernetes-validations": [
          {
           "rule": "!has(self.secretName) || ![ has(self.provider.ecr) && has(self.provider.ecr.auth.accessKey) && self.provider.ecr.auth.accessKey.secretRef.name == self.secretName, has(self.provider.gar) && has(self.provider.gar.auth.serviceAccountKey) && self.provider.gar.auth.serviceAccountKey.secretRef.name == self.secretName, has(self.provider.acr) && has(self.provider.acr.auth.servicePrincipal) && self.provider.acr.auth.servicePrincipal.secretRef.name == self.secretName, has(self.provider.icr) && has(self.provider.icr.auth.apiKey) && self.provider.icr.auth.apiKey.secretRef.name == self.secretName, has(self.provider.ocir) && has(self.provider.ocir.auth.signingKey) && self.provider.ocir.auth.signingKey.secretRef.name == self.secretName, has(self.provider.static) && has(self.provider.static.auth.dockerConfig) && self.provider.static.auth.dockerConfig.secretRef.name == self.secretName, has(self.provider.static) && has(self.provider.static.auth.basic) && self.provider.static.auth.basic.secretRef.name == self.secretName ].exists(x, x)",
           "message": "`secretRef.name` must differ from `secretName`: what the operator writes can not be its input"
          }
         ],
         "properties": {
          "provider": {
           "title": "ProviderSpec",
           "description": "The registry service, its registries and the identity that asks it for tokens; exactly one.",
           "type": "object",
           "x-kubernetes-validations": [
            {
             "rule": "[has(self.ecr), has(self.gar), has(self.acr), has(self.icr), has(self.ocir), has(self.static)].filter(x, x).size() == 1",
             "message": "must set exactly one of `ecr`, `gar`, `acr`, `icr`, `ocir`, `static`"
            }
           ],
           "properties": {
            "ecr": {
             "title": "EcrSpec",
             "description": "Amazon Elastic Container Registry, private (all partitions, FIPS, dual-stack) and public. Tokens live 12 hours. The region comes from the host.",
             "type": "object",
             "required": [
              "registries",
              "auth"
             ],
             "x-kubernetes-validations": [
              {
               "rule": "self.registries.all(r, !has(r.repositories) || has(r.assumeRole) || has(self.assumeRole) || has(self.auth.workloadIdentity))",
               "message": "`registries[].repositories` needs `assumeRole` or `auth.workloadIdentity`: only a role can be narrowed"
              }
             ],
             "properties": {
              "registries": {
               "description": "The registries, or parts of registries, that the login is published for. Each prefix is one key in the docker config of the pull Secret.",
               "type": "array",
               "minItems": 1,
               "maxItems": 64,
               "x-kubernetes-list-type": "map",
               "x-kubernetes-list-map-keys": [
                "prefix"
               ],
               "items": {
                "title": "EcrRegistry",
                "description": "One registry, or one part of it.",
                "type": "object",
                "required": [
                 "prefix"
                ],
                "properties": {
                 "prefix": {
                  "description": "An ECR host with an optional path, such as `111122223333.dkr.ecr.eu-west-1.amazonaws.com/team-a`, lower case, without scheme and final slash. The account may be `*` (`*.dkr.ecr.eu-west-1.amazonaws.com`): one key for all accounts of the region; such a prefix is not verified. The path is matched as text, not by segments: the kubelet tries `HOST/team-a` also for images of `HOST/team-a2`.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 511,
                  "x-kubernetes-validations": [
                   {
                    "rule": "self.matches('^(([0-9]{12}|[*])[.]dkr[.-]ecr(-fips)?[.][a-z0-9][a-z0-9-]*[.](amazonaws[.]com([.]cn)?|amazonaws[.]eu|on[.]aws|on[.]amazonwebservices[.](com[.]cn|eu)|c2s[.]ic[.]gov|sc2s[.]sgov[.]gov|cloud[.]adc-e[.]uk|csp[.]hci[.]ic[.]gov)|public[.]ecr[.]aws|ecr-public[.]aws[.]com)(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$')",
                    "message": "must be an ECR host with an optional path, lower case, without scheme and final slash, such as 111122223333.dkr.ecr.eu-west-1.amazonaws.com/team-a or public.ecr.aws"
                   }
                  ]
                 },
                 "verifyRepository": {
                  "description": "An image repository below the host, whole path, without tag, such as `team-a/base/jre`. Verification then proves a real right to pull it, not only the login.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 255,
                  "pattern": "^[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$"
                 },
                 "assumeRole": {
                  "title": "EcrAssumeRole",
                  "description": "The role to assume for this prefix, instead of `ecr.assumeRole`: one credential can serve many accounts.",
                  "type": "object",
                  "required": [
                   "roleARN"
                  ],
                  "properties": {
                   "roleARN": {
                    "description": "ARN of the IAM role to assume.",
                    "type": "string",
                    "minLength": 20,
                    "maxLength": 640,
                    "x-kubernetes-validations": [
                     {
                      "rule": "self.matches('^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$')",
                      "message": "must be the ARN of an IAM role, such as arn:aws:iam::111122223333:role/pull"
                     }
                    ]
                   },
                   "externalID": {
                    "description": "External id that the trust policy of the role asks for.",
                    "type": "string",
                    "minLength": 2,
                    "maxLength": 1224,
                    "pattern": "^[A-Za-z0-9_+=,.@:/-]+$"
                   },
                   "sessionName": {
                    "description": "Name of the session, as CloudTrail shows it. Default: made from the credential.",
                    "type": "string",
                    "minLength": 2,
                    "maxLength": 64,
                    "pattern": "^[A-Za-z0-9_+=,.@-]+$"
                   }
                  }
                 },
                 "repositories": {
                  "description": "Narrows the role to pulls of these repositories, by an inline session policy. Literal names with `*`. Needs `assumeRole` or `auth.workloadIdentity`. Whether AWS binds the published token to the session policy is unverified: do not rely on it alone to keep tenants apart.",
                  "type": "array",
                  "minItems": 1,
                  "maxItems": 50,
                  "x-kubernetes-list-type": "set",
                  "items": {
                   "type": "string",
                   "minLength": 1,
                   "maxLength": 255,
                   "pattern": "^[a-z0-9*][a-z0-9*._/-]*$"
                  }
                 }
                }
               }
              },
              "auth": {
               "title": "EcrAuth",
               "description": "How the operator proves who it is; exactly one mode.",
               "type": "object",
               "x-kubernetes-validations": [
                {
                 "rule": "[has(self.workloadIdentity), has(self.accessKey)].filter(x, x).size() == 1",
                 "message": "must set exactly one of `workloadIdentity`, `accessKey`"
                }
               ],
               "properties": {
                "workloadIdentity": {
                 "title": "EcrWorkloadIdentity",
                 "description": "Web identity of a ServiceAccount (token audience `sts.amazonaws.com`). The trust policy of the role must allow the ServiceAccount.",
                 "type": "object",
                 "required": [
                  "serviceAccountRef"
                 ],
                 "properties": {
                  "serviceAccountRef": {
                   "title": "ServiceAccountRef",
                   "description": "The ServiceAccount whose identity is used: the operator asks the API server for a short-lived token of it.",
                   "type": "object",
                   "required": [
                    "name"
                   ],
                   "x-kubernetes-map-type": "atomic",
                   "properties": {
                    "name": {
                     "description": "Name of a ServiceAccount in this credential's own namespace.",
                     "type": "string",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
                    }
                   }
                  },
                  "roleARN": {
                   "description": "ARN of the IAM role. Default: annotation `eks.amazonaws.com/role-arn` of the ServiceAccount.",
                   "type": "string",
                   "minLength": 20,
                   "maxLength": 640,
                   "x-kubernetes-validations": [
                    {
                     "rule": "self.matches('^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$')",
                     "message": "must be the ARN of an IAM role, such as arn:aws:iam::111122223333:role/pull"
                    }
                   ]
                  }
                 }
                },
                "accessKey": {
                 "title": "EcrAccessKey",
                 "description": "Access keys of an IAM user, or temporary ones, in a Secret.",
                 "type": "object",
                 "required": [
                  "secretRef"
                 ],
                 "properties": {
                  "secretRef": {
                   "title": "SecretRef",
                   "description": "The Secret that holds the access keys.",
                   "type": "object",
                   "required": [
                    "name"
                   ],
                   "x-kubernetes-map-type": "atomic",
                   "properties": {
                    "name": {
                     "description": "Name of a Secret in this credential's own namespace. The operator reads it only where an administrator bound the consent role of the operator there. Secrets written by the operator are never inputs.",
                     "type": "string",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
                    }
                   }
                  },
                  "keys": {
                   "title": "EcrAccessKeyKeys",
                   "description": "Names of the keys in the Secret, where they differ from the defaults.",
                   "type": "object",
                   "default": {},
                   "properties": {
                    "accessKeyID": {
                     "description": "Key of the access key id.",
                     "type": "string",
                     "default": "AWS_ACCESS_KEY_ID",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[-._a-zA-Z0-9]+$"
                    },
                    "secretAccessKey": {
                     "description": "Key of the secret access key.",
                     "type": "string",
                     "default": "AWS_SECRET_ACCESS_KEY",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[-._a-zA-Z0-9]+$"
                    },
                    "sessionToken": {
                     "description": "Key of the session token; it may be absent from the Secret.",
                     "type": "string",
                     "default": "AWS_SESSION_TOKEN",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[-._a-zA-Z0-9]+$"
                    }
                   }
                  }
                 }
                }
               }
              },
              "assumeRole": {
               "title": "EcrAssumeRole",
               "description": "A role to assume on top of `auth`, for all prefixes that name none of their own.",
               "type": "object",
               "required": [
                "roleARN"
               ],
               "properties": {
                "roleARN": {
                 "description": "ARN of the IAM role to assume.",
                 "type": "string",
                 "minLength": 20,
                 "maxLength": 640,
                 "x-kubernetes-validations": [
                  {
                   "rule": "self.matches('^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$')",
                   "message": "must be the ARN of an IAM role, such as arn:aws:iam::111122223333:role/pull"
                  }
                 ]
                },
                "externalID": {
                 "description": "External id that the trust policy of the role asks for.",
                 "type": "string",
                 "minLength": 2,
                 "maxLength": 1224,
                 "pattern": "^[A-Za-z0-9_+=,.@:/-]+$"
                },
                "sessionName": {
                 "description": "Name of the session, as CloudTrail shows it. Default: made from the credential.",
                 "type": "string",
                 "minLength": 2,
                 "maxLength": 64,
                 "pattern": "^[A-Za-z0-9_+=,.@-]+$"
                }
               }
              }
             }
            },
            "gar": {
             "title": "GarSpec",
             "description": "Google Artifact Registry, and the gcr.io names that it serves. Tokens live one hour.",
             "type": "object",
             "required": [
              "registries",
              "auth"
             ],
             "properties": {
              "registries": {
               "description": "The registries, or parts of registries, that the login is published for. Each prefix is one key in the docker config of the pull Secret.",
               "type": "array",
               "minItems": 1,
               "maxItems": 64,
               "x-kubernetes-list-type": "map",
               "x-kubernetes-list-map-keys": [
                "prefix"
               ],
               "items": {
                "title": "GarRegistry",
                "description": "One registry, or one part of it.",
                "type": "object",
                "required": [
                 "prefix"
                ],
                "properties": {
                 "prefix": {
                  "description": "An Artifact Registry host with an optional path, such as `europe-docker.pkg.dev/team-a-prod`, lower case, without scheme and final slash. These hosts are shared by all projects: name the project in the path. The path is matched as text, not by segments: the kubelet tries `HOST/team-a` also for images of `HOST/team-a2`.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 511,
                  "x-kubernetes-validations": [
                   {
                    "rule": "self.matches('^(([a-z0-9-]+[.])?gcr[.]io|[a-z0-9-]+-docker[.]pkg[.]dev)(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$')",
                    "message": "must be an Artifact Registry host with an optional path, lower case, without scheme and final slash, such as europe-docker.pkg.dev/my-project or eu.gcr.io"
                   }
                  ]
                 },
                 "verifyRepository": {
                  "description": "An image repository below the host, whole path, without tag, such as `team-a/base/jre`. Verification then proves a real right to pull it, not only the login.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 255,
                  "pattern": "^[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$"
                 }
                }
               }
              },
              "auth": {
               "title": "GarAuth",
               "description": "How the operator proves who it is; exactly one mode.",
               "type": "object",
               "x-kubernetes-validations": [
                {
                 "rule": "[has(self.workloadIdentity), has(self.serviceAccountKey)].filter(x, x).size() == 1",
                 "message": "must set exactly one of `workloadIdentity`, `serviceAccountKey`"
                }
               ],
               "properties": {
                "workloadIdentity": {
                 "title": "GarWorkloadIdentity",
                 "description": "Workload identity federation of a ServiceAccount.",
                 "type": "object",
                 "required": [
                  "serviceAccountRef"
                 ],
                 "x-kubernetes-validations": [
                  {
                   "rule": "[has(self.workloadIdentityProvider), has(self.gke)].filter(x, x).size() == 1",
                   "message": "must set exactly one of `workloadIdentityProvider`, `gke`"
                  }
                 ],
                 "properties": {
                  "serviceAccountRef": {
                   "title": "ServiceAccountRef",
                   "description": "The ServiceAccount whose identity is used: the operator asks the API server for a short-lived token of it.",
                   "type": "object",
                   "required": [
                    "name"
                   ],
                   "x-kubernetes-map-type": "atomic",
                   "properties": {
                    "name": {
                     "description": "Name of a ServiceAccount in this credential's own namespace.",
                     "type": "string",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
                    }
                   }
                  },
                  "workloadIdentityProvider": {
                   "description": "Full name of the provider in a workload identity pool; the audience is derived from it.",
                   "type": "string",
                   "minLength": 1,
                   "maxLength": 255,
                   "x-kubernetes-validations": [
                    {
                     "rule": "self.matches('^projects/[0-9]+/locations/global/workloadIdentityPools/[a-z0-9-]+/providers/[a-z0-9-]+$')",
                     "message": "must be the full name of a provider, such as projects/123456789/locations/global/workloadIdentityPools/my-pool/providers/my-provider"
                    }
                   ]
                  },
                  "gke": {
                   "title": "GarGke",
                   "description": "The GKE cluster's own workload identity pool. Without `impersonate` the ServiceAccount's annotation `iam.gke.io/gcp-service-account` names the Google service account, if it is there.",
                   "type": "object",
                   "required": [
                    "projectID",
                    "location",
                    "clusterName"
                   ],
                   "properties": {
                    "projectID": {
                     "description": "Id of the project of the cluster, such as `my-project`.",
                     "type": "string",
                     "minLength": 6,
                     "maxLength": 128,
                     "pattern": "^([a-z0-9][-.a-z0-9]*:)?[a-z][-a-z0-9]*[a-z0-9]$"
                    },
                    "location": {
                     "description": "Region or zone of the cluster, such as `europe-west1`.",
                     "type": "string",
                     "minLength": 1,
                     "maxLength": 63,
                     "pattern": "^[a-z][-a-z0-9]*[a-z0-9]$"
                    },
                    "clusterName": {
                     "description": "Name of the cluster.",
                     "type": "string",
                     "minLength": 1,
                     "maxLength": 63,
                     "pattern": "^[a-z]([-a-z0-9]*[a-z0-9])?$"
                    }
                   }
                  }
                 }
                },
                "serviceAccountKey": {
                 "title": "GarServiceAccountKey",
                 "description": "Key file of a Google service account, in a Secret. Only named fields of the JSON are read; files that name URLs, files or commands are refused.",
                 "type": "object",
                 "required": [
                  "secretRef"
                 ],
                 "properties": {
                  "secretRef": {
                   "title": "SecretRef",
                   "description": "The Secret that holds the key file.",
                   "type": "object",
                   "required": [
                    "name"
                   ],
                   "x-kubernetes-map-type": "atomic",
                   "properties": {
                    "name": {
                     "description": "Name of a Secret in this credential's own namespace. The operator reads it only where an administrator bound the consent role of the operator there. Secrets written by the operator are never inputs.",
                     "type": "string",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
                    }
                   }
                  },
                  "keys": {
                   "title": "GarServiceAccountKeyKeys",
                   "description": "Names of the keys in the Secret, where they differ from the defaults.",
                   "type": "object",
                   "default": {},
                   "properties": {
                    "keyFile": {
                     "description": "Key of the JSON key file.",
                     "type": "string",
                     "default": "key.json",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[-._a-zA-Z0-9]+$"
                    }
                   }
                  }
                 }
                }
               }
              },
              "impersonate": {
               "title": "GarImpersonate",
               "description": "A Google service account to act as, on top of `auth`.",
               "type": "object",
               "required": [
                "serviceAccountEmail"
               ],
               "properties": {
                "serviceAccountEmail": {
                 "description": "E-mail address of the service account.",
                 "type": "string",
                 "minLength": 1,
                 "maxLength": 253,
                 "x-kubernetes-validations": [
                  {
                   "rule": "self.matches('^[a-z0-9]([-.a-z0-9]*[a-z0-9])?@[a-z0-9][-.a-z0-9]*[.]gserviceaccount[.]com$')",
                   "message": "must be the e-mail address of a Google service account, such as puller@my-project.iam.gserviceaccount.com"
                  }
                 ]
                },
                "lifetimeSeconds": {
                 "description": "Life of the tokens. More than 3600 needs an organisation policy that allows it.",
                 "type": "integer",
                 "format": "int32",
                 "default": 3600,
                 "minimum": 600,
                 "maximum": 43200
                }
               }
              }
             }
            },
            "acr": {
             "title": "AcrSpec",
             "description": "Azure Container Registry. Tokens live about three hours. Cloud and authority come from the suffix of the host.",
             "type": "object",
             "required": [
              "registries",
              "auth"
             ],
             "properties": {
              "registries": {
               "description": "The registries, or parts of registries, that the login is published for. Each prefix is one key in the docker config of the pull Secret.",
               "type": "array",
               "minItems": 1,
               "maxItems": 64,
               "x-kubernetes-list-type": "map",
               "x-kubernetes-list-map-keys": [
                "prefix"
               ],
               "items": {
                "title": "AcrRegistry",
                "description": "One registry, or one part of it.",
                "type": "object",
                "required": [
                 "prefix"
                ],
                "properties": {
                 "prefix": {
                  "description": "An Azure registry with an optional path, such as `teama.azurecr.io`, lower case, without scheme and final slash; also `.cn`, `.us`, domain name label (`teama-abc123.azurecr.io`) and regional (`teama.westeurope.geo.azurecr.io`) names. The path is matched as text, not by segments: the kubelet tries `HOST/team-a` also for images of `HOST/team-a2`.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 511,
                  "x-kubernetes-validations": [
                   {
                    "rule": "self.matches('^([a-z0-9]{5,50}(-[a-z0-9]+)?([.][a-z0-9]+[.]geo)?[.]azurecr[.](io|cn|us))(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$')",
                    "message": "must be an Azure registry with an optional path, lower case, without scheme and final slash, such as myregistry.azurecr.io"
                   }
                  ]
                 },
                 "verifyRepository": {
                  "description": "An image repository below the host, whole path, without tag, such as `team-a/base/jre`. Verification then proves a real right to pull it, not only the login.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 255,
                  "pattern": "^[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$"
                 },
                 "repositories": {
                  "description": "Publishes a token that can pull these repositories only; exact names, without globs.",
                  "type": "array",
                  "minItems": 1,
                  "maxItems": 50,
                  "x-kubernetes-list-type": "set",
                  "items": {
                   "type": "string",
                   "minLength": 1,
                   "maxLength": 255,
                   "pattern": "^[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$"
                  }
                 }
                }
               }
              },
              "auth": {
               "title": "AcrAuth",
               "description": "How the operator proves who it is; exactly one mode.",
               "type": "object",
               "x-kubernetes-validations": [
                {
                 "rule": "[has(self.workloadIdentity), has(self.servicePrincipal)].filter(x, x).size() == 1",
                 "message": "must set exactly one of `workloadIdentity`, `servicePrincipal`"
                }
               ],
               "properties": {
                "workloadIdentity": {
                 "title": "AcrWorkloadIdentity",
                 "description": "Entra workload identity of a ServiceAccount: the application needs a federated credential for it.",
                 "type": "object",
                 "required": [
                  "serviceAccountRef"
                 ],
                 "properties": {
                  "serviceAccountRef": {
                   "title": "ServiceAccountRef",
                   "description": "The ServiceAccount whose identity is used: the operator asks the API server for a short-lived token of it.",
                   "type": "object",
                   "required": [
                    "name"
                   ],
                   "x-kubernetes-map-type": "atomic",
                   "properties": {
                    "name": {
                     "description": "Name of a ServiceAccount in this credential's own namespace.",
                     "type": "string",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
                    }
                   }
                  },
                  "tenantID": {
                   "description": "The Entra tenant. Default: annotation `azure.workload.identity/tenant-id` of the ServiceAccount.",
                   "type": "string",
                   "minLength": 1,
                   "maxLength": 253,
                   "x-kubernetes-validations": [
                    {
                     "rule": "self.matches('^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?([.][a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?)*$')",
                     "message": "must be the tenant id (a GUID) or a domain of the tenant, such as 11111111-2222-3333-4444-555555555555"
                    }
                   ]
                  },
                  "clientID": {
                   "description": "Client id of the application. Default: annotation `azure.workload.identity/client-id` of the ServiceAccount.",
                   "type": "string",
                   "minLength": 36,
                   "maxLength": 36,
                   "x-kubernetes-validations": [
                    {
                     "rule": "self.matches('^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$')",
                     "message": "must be the client id (a GUID), such as 11111111-2222-3333-4444-555555555555"
                    }
                   ]
                  }
                 }
                },
                "servicePrincipal": {
                 "title": "AcrServicePrincipal",
                 "description": "An application with a client secret, in a Secret.",
                 "type": "object",
                 "required": [
                  "tenantID",
                  "secretRef"
                 ],
                 "properties": {
                  "tenantID": {
                   "description": "The Entra tenant.",
                   "type": "string",
                   "minLength": 1,
                   "maxLength": 253,
                   "x-kubernetes-validations": [
                    {
                     "rule": "self.matches('^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?([.][a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?)*$')",
                     "message": "must be the tenant id (a GUID) or a domain of the tenant, such as 11111111-2222-3333-4444-555555555555"
                    }
                   ]
                  },
                  "clientID": {
                   "description": "Client id of the application. Default: from the Secret.",
                   "type": "string",
                   "minLength": 36,
                   "maxLength": 36,
                   "x-kubernetes-validations": [
                    {
                     "rule": "self.matches('^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$')",
                     "message": "must be the client id (a GUID), such as 11111111-2222-3333-4444-555555555555"
                    }
                   ]
                  },
                  "secretRef": {
                   "title": "SecretRef",
                   "description": "The Secret that holds the client secret.",
                   "type": "object",
                   "required": [
                    "name"
                   ],
                   "x-kubernetes-map-type": "atomic",
                   "properties": {
                    "name": {
                     "description": "Name of a Secret in this credential's own namespace. The operator reads it only where an administrator bound the consent role of the operator there. Secrets written by the operator are never inputs.",
                     "type": "string",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
                    }
                   }
                  },
                  "keys": {
                   "title": "AcrServicePrincipalKeys",
                   "description": "Names of the keys in the Secret, where they differ from the defaults.",
                   "type": "object",
                   "default": {},
                   "properties": {
                    "clientID": {
                     "description": "Key of the client id; read only where `clientID` is not set.",
                     "type": "string",
                     "default": "AZURE_CLIENT_ID",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[-._a-zA-Z0-9]+$"
                    },
                    "clientSecret": {
                     "description": "Key of the client secret.",
                     "type": "string",
                     "default": "AZURE_CLIENT_SECRET",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[-._a-zA-Z0-9]+$"
                    }
                   }
                  }
                 }
                }
               }
              }
             }
            },
            "icr": {
             "title": "IcrSpec",
             "description": "IBM Cloud Container Registry. What is published are IAM tokens that live one hour at most.",
             "type": "object",
             "required": [
              "registries",
              "auth"
             ],
             "properties": {
              "registries": {
               "description": "The registries, or parts of registries, that the login is published for. Each prefix is one key in the docker config of the pull Secret.",
               "type": "array",
               "minItems": 1,
               "maxItems": 64,
               "x-kubernetes-list-type": "map",
               "x-kubernetes-list-map-keys": [
                "prefix"
               ],
               "items": {
                "title": "IcrRegistry",
                "description": "One registry, or one part of it.",
                "type": "object",
                "required": [
                 "prefix"
                ],
                "properties": {
                 "prefix": {
                  "description": "An IBM Cloud registry with an optional path that begins with the registry namespace, such as `de.icr.io/platform`, lower case, without scheme and final slash. The entitled registry `cp.icr.io` takes the provider `static`. The path is matched as text, not by segments: the kubelet tries `HOST/team-a` also for images of `HOST/team-a2`.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 511,
                  "x-kubernetes-validations": [
                   {
                    "rule": "self.matches('^((private[.])?([a-z]{2}[0-9]?[.])?icr[.]io)(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$')",
                    "message": "must be an IBM Cloud registry with an optional path, lower case, without scheme and final slash, such as de.icr.io/my-team"
                   },
                   {
                    "rule": "!self.matches('^(private[.])?cp[.]icr[.]io(/|$)')",
                    "message": "cp.icr.io is the entitled registry; use provider `static` with the user name cp"
                   }
                  ]
                 },
                 "verifyRepository": {
                  "description": "An image repository below the host, whole path, without tag, such as `team-a/base/jre`. Verification then proves a real right to pull it, not only the login.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 255,
                  "pattern": "^[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$"
                 }
                }
               }
              },
              "auth": {
               "title": "IcrAuth",
               "description": "How the operator proves who it is; exactly one mode.",
               "type": "object",
               "x-kubernetes-validations": [
                {
                 "rule": "[has(self.apiKey), has(self.workloadIdentity)].filter(x, x).size() == 1",
                 "message": "must set exactly one of `apiKey`, `workloadIdentity`"
                }
               ],
               "properties": {
                "apiKey": {
                 "title": "IcrApiKey",
                 "description": "An IBM Cloud API key in a Secret. It is exchanged for short-lived tokens and never published itself.",
                 "type": "object",
                 "required": [
                  "secretRef"
                 ],
                 "properties": {
                  "secretRef": {
                   "title": "SecretRef",
                   "description": "The Secret that holds the API key.",
                   "type": "object",
                   "required": [
                    "name"
                   ],
                   "x-kubernetes-map-type": "atomic",
                   "properties": {
                    "name": {
                     "description": "Name of a Secret in this credential's own namespace. The operator reads it only where an administrator bound the consent role of the operator there. Secrets written by the operator are never inputs.",
                     "type": "string",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
                    }
                   }
                  },
                  "keys": {
                   "title": "IcrApiKeyKeys",
                   "description": "Names of the keys in the Secret, where they differ from the defaults.",
                   "type": "object",
                   "default": {},
                   "properties": {
                    "apiKey": {
                     "description": "Key of the API key.",
                     "type": "string",
                     "default": "apikey",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[-._a-zA-Z0-9]+$"
                    }
                   }
                  }
                 }
                },
                "workloadIdentity": {
                 "title": "IcrWorkloadIdentity",
                 "description": "A trusted profile that trusts a ServiceAccount.",
                 "type": "object",
                 "required": [
                  "serviceAccountRef"
                 ],
                 "x-kubernetes-validations": [
                  {
                   "rule": "[has(self.profileID), has(self.profileName)].filter(x, x).size() == 1",
                   "message": "must set exactly one of `profileID`, `profileName`"
                  }
                 ],
                 "properties": {
                  "serviceAccountRef": {
                   "title": "ServiceAccountRef",
                   "description": "The ServiceAccount whose identity is used: the operator asks the API server for a short-lived token of it.",
                   "type": "object",
                   "required": [
                    "name"
                   ],
                   "x-kubernetes-map-type": "atomic",
                   "properties": {
                    "name": {
                     "description": "Name of a ServiceAccount in this credential's own namespace.",
                     "type": "string",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
                    }
                   }
                  },
                  "profileID": {
                   "description": "Id of the trusted profile.",
                   "type": "string",
                   "minLength": 1,
                   "maxLength": 128,
                   "x-kubernetes-validations": [
                    {
                     "rule": "self.matches('^Profile-[-0-9a-zA-Z]+$')",
                     "message": "must be the id of a trusted profile, such as Profile-11111111-2222-3333-4444-555555555555"
                    }
                   ]
                  },
                  "profileName": {
                   "description": "Name of the trusted profile.",
                   "type": "string",
                   "minLength": 1,
                   "maxLength": 128,
                   "pattern": "^[^\\x00-\\x1f\\x7f-\\x9f]+$"
                  }
                 }
                }
               }
              }
             }
            },
            "ocir": {
             "title": "OcirSpec",
             "description": "Oracle Cloud Infrastructure Registry. Tokens live about one hour. The region comes from the host.",
             "type": "object",
             "required": [
              "registries",
              "auth"
             ],
             "properties": {
              "registries": {
               "description": "The registries, or parts of registries, that the login is published for. Each prefix is one key in the docker config of the pull Secret.",
               "type": "array",
               "minItems": 1,
               "maxItems": 64,
               "x-kubernetes-list-type": "map",
               "x-kubernetes-list-map-keys": [
                "prefix"
               ],
               "items": {
                "title": "OcirRegistry",
                "description": "One registry, or one part of it.",
                "type": "object",
                "required": [
                 "prefix"
                ],
                "properties": {
                 "prefix": {
                  "description": "An Oracle registry with an optional path that begins with the tenancy namespace, such as `fra.ocir.io/mytenancyns`, lower case, without scheme and final slash. The path is matched as text, not by segments: the kubelet tries `HOST/team-a` also for images of `HOST/team-a2`.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 511,
                  "x-kubernetes-validations": [
                   {
                    "rule": "self.matches('^(([a-z]{3}|[a-z]{2}-[a-z0-9-]+-[0-9]+)[.]ocir[.]io|ocir[.][a-z0-9-]+[.]oci[.](oraclecloud[0-9]*[.]com|oraclegovcloud[.](com|uk)|oraclecloud[.]eu))(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$')",
                    "message": "must be an Oracle registry with an optional path, lower case, without scheme and final slash, such as fra.ocir.io/mytenancyns"
                   }
                  ]
                 },
                 "verifyRepository": {
                  "description": "An image repository below the host, whole path, without tag, such as `team-a/base/jre`. Verification then proves a real right to pull it, not only the login.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 255,
                  "pattern": "^[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$"
                 }
                }
               }
              },
              "auth": {
               "title": "OcirAuth",
               "description": "How the operator proves who it is; exactly one mode.",
               "type": "object",
               "x-kubernetes-validations": [
                {
                 "rule": "[has(self.signingKey)].filter(x, x).size() == 1",
                 "message": "must set exactly one of `signingKey`"
                }
               ],
               "properties": {
                "signingKey": {
                 "title": "OcirSigningKey",
                 "description": "An API signing key of a user, in a Secret.",
                 "type": "object",
                 "required": [
                  "tenancyOCID",
                  "userOCID",
                  "fingerprint",
                  "secretRef"
                 ],
                 "properties": {
                  "tenancyOCID": {
                   "description": "OCID of the tenancy.",
                   "type": "string",
                   "minLength": 1,
                   "maxLength": 255,
                   "x-kubernetes-validations": [
                    {
                     "rule": "self.matches('^ocid1[.]tenancy[.][a-z0-9-]+[.]([a-z0-9-]*[.])+[a-z0-9]+$')",
                     "message": "must be the OCID of a tenancy, such as ocid1.tenancy.oc1..aaaaexample"
                    }
                   ]
                  },
                  "userOCID": {
                   "description": "OCID of the user.",
                   "type": "string",
                   "minLength": 1,
                   "maxLength": 255,
                   "x-kubernetes-validations": [
                    {
                     "rule": "self.matches('^ocid1[.]user[.][a-z0-9-]+[.]([a-z0-9-]*[.])+[a-z0-9]+$')",
                     "message": "must be the OCID of a user, such as ocid1.user.oc1..aaaaexample"
                    }
                   ]
                  },
                  "fingerprint": {
                   "description": "Fingerprint of the key: 16 pairs of hexadecimal digits.",
                   "type": "string",
                   "minLength": 47,
                   "maxLength": 47,
                   "x-kubernetes-validations": [
                    {
                     "rule": "self.matches('^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){15}$')",
                     "message": "must be 16 pairs of hexadecimal digits, such as 20:3b:97:13:55:1c:4e:7a:01:02:03:04:05:06:07:08"
                    }
                   ]
                  },
                  "secretRef": {
                   "title": "SecretRef",
                   "description": "The Secret that holds the private key.",
                   "type": "object",
                   "required": [
                    "name"
                   ],
                   "x-kubernetes-map-type": "atomic",
                   "properties": {
                    "name": {
                     "description": "Name of a Secret in this credential's own namespace. The operator reads it only where an administrator bound the consent role of the operator there. Secrets written by the operator are never inputs.",
                     "type": "string",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
                    }
                   }
                  },
                  "keys": {
                   "title": "OcirSigningKeyKeys",
                   "description": "Names of the keys in the Secret, where they differ from the defaults.",
                   "type": "object",
                   "default": {},
                   "properties": {
                    "privateKey": {
                     "description": "Key of the private key, PEM.",
                     "type": "string",
                     "default": "privateKey",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[-._a-zA-Z0-9]+$"
                    },
                    "passphrase": {
                     "description": "Key of its passphrase; it may be absent from the Secret.",
                     "type": "string",
                     "default": "passphrase",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[-._a-zA-Z0-9]+$"
                    }
                   }
                  }
                 }
                }
               }
              }
             }
            },
            "static": {
             "title": "StaticSpec",
             "description": "Logins that you already have, for any registry: a docker config, or a user name and a password. They are published as they are and do not refresh themselves; the annotation `regcred.dev/expires-at` (RFC 3339) on the Secret tells their end.",
             "type": "object",
             "required": [
              "auth"
             ],
             "x-kubernetes-validations": [
              {
               "rule": "has(self.registries) || has(self.auth.dockerConfig)",
               "message": "`auth.basic` needs `registries`: the Secret does not say what the login is for"
              }
             ],
             "properties": {
              "registries": {
               "description": "The registries, or parts of registries, that the login is published for. Each prefix is one key in the docker config of the pull Secret. With `auth.dockerConfig` they pick entries of the source; left out, all of its entries are published. Needed with `auth.basic`.",
               "type": "array",
               "minItems": 1,
               "maxItems": 64,
               "x-kubernetes-list-type": "map",
               "x-kubernetes-list-map-keys": [
                "prefix"
               ],
               "items": {
                "title": "StaticRegistry",
                "description": "One registry, or one part of it.",
                "type": "object",
                "required": [
                 "prefix"
                ],
                "properties": {
                 "prefix": {
                  "description": "A registry as `HOST[:PORT]` with an optional path, such as `ghcr.io/team-a` or `registry.example.com:5000`, lower case, without scheme and final slash; `docker.io` is Docker Hub. The path is matched as text, not by segments: the kubelet tries `HOST/team-a` also for images of `HOST/team-a2`.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 511,
                  "x-kubernetes-validations": [
                   {
                    "rule": "self.matches('^([a-z0-9]([-a-z0-9]*[a-z0-9])?(([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)+(:[1-9][0-9]{0,4})?|(:[1-9][0-9]{0,4}))|localhost)(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$')",
                    "message": "must be a registry host (with a dot, a port, or localhost) with an optional path, lower case, without scheme and final slash, such as ghcr.io/my-org or registry.example.com:5000"
                   },
                   {
                    "rule": "!self.matches('^[^/:]+:[0-9]{5}(/|$)') || int(self.split('/')[0].split(':')[1]) <= 65535",
                    "message": "the port must be at most 65535"
                   }
                  ]
                 },
                 "verifyRepository": {
                  "description": "An image repository below the host, whole path, without tag, such as `team-a/base/jre`. Verification then proves a real right to pull it, not only the login.",
                  "type": "string",
                  "minLength": 1,
                  "maxLength": 255,
                  "pattern": "^[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$"
                 }
                }
               }
              },
              "auth": {
               "title": "StaticAuth",
               "description": "Where the logins are; exactly one mode.",
               "type": "object",
               "x-kubernetes-validations": [
                {
                 "rule": "[has(self.dockerConfig), has(self.basic)].filter(x, x).size() == 1",
                 "message": "must set exactly one of `dockerConfig`, `basic`"
                }
               ],
               "properties": {
                "dockerConfig": {
                 "title": "StaticDockerConfig",
                 "description": "A Secret of type kubernetes.io/dockerconfigjson or kubernetes.io/dockercfg; the key follows the type. Entries that delegate to a credential helper are refused: a pull Secret can not run one.",
                 "type": "object",
                 "required": [
                  "secretRef"
                 ],
                 "properties": {
                  "secretRef": {
                   "title": "SecretRef",
                   "description": "The Secret that holds the docker config.",
                   "type": "object",
                   "required": [
                    "name"
                   ],
                   "x-kubernetes-map-type": "atomic",
                   "properties": {
                    "name": {
                     "description": "Name of a Secret in this credential's own namespace. The operator reads it only where an administrator bound the consent role of the operator there. Secrets written by the operator are never inputs.",
                     "type": "string",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
                    }
                   }
                  }
                 }
                },
                "basic": {
                 "title": "StaticBasic",
                 "description": "A user name and a password (or token) in a Secret, for all of `registries`.",
                 "type": "object",
                 "required": [
                  "secretRef"
                 ],
                 "properties": {
                  "username": {
                   "description": "The user name. Default: from the Secret.",
                   "type": "string",
                   "minLength": 1,
                   "maxLength": 255,
                   "pattern": "^[^:\\x00-\\x1f\\x7f-\\x9f]+$"
                  },
                  "secretRef": {
                   "title": "SecretRef",
                   "description": "The Secret that holds the password.",
                   "type": "object",
                   "required": [
                    "name"
                   ],
                   "x-kubernetes-map-type": "atomic",
                   "properties": {
                    "name": {
                     "description": "Name of a Secret in this credential's own namespace. The operator reads it only where an administrator bound the consent role of the operator there. Secrets written by the operator are never inputs.",
                     "type": "string",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
                    }
                   }
                  },
                  "keys": {
                   "title": "StaticBasicKeys",
                   "description": "Names of the keys in the Secret, where they differ from the defaults.",
                   "type": "object",
                   "default": {},
                   "properties": {
                    "username": {
                     "description": "Key of the user name; read only where `username` is not set.",
                     "type": "string",
                     "default": "username",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[-._a-zA-Z0-9]+$"
                    },
                    "password": {
                     "description": "Key of the password.",
                     "type": "string",
                     "default": "password",
                     "minLength": 1,
                     "maxLength": 253,
                     "pattern": "^[-._a-zA-Z0-9]+$"
                    }
                   }
                  }
                 }
                }
               }
              }
             }
            }
           }
          },
          "serviceAccounts": {
           "title": "ServiceAccountSelection",
           "description": "The ServiceAccounts whose `imagePullSecrets` name the pull Secret. Pods take it from there when they are created.",
           "type": "object",
           "default": {},
           "properties": {
            "policy": {
             "description": "`Attach`: the name of the pull Secret is added to the `imagePullSecrets` of the ServiceAccounts. `None`: they are left alone, and pods name the Secret themselves or get it by an admission policy.",
             "type": "string",
             "default": "Attach",
             "enum": [
              "Attach",
              "None"
             ]
            },
            "names": {
             "description": "Names of ServiceAccounts; `*` stands for any number of characters. Names beyond what the installation permits are skipped and reported (`NotPermitted`).",
             "type": "array",
             "maxItems": 64,
             "x-kubernetes-list-type": "set",
             "minItems": 1,
             "default": [
              "default"
             ],
             "items": {
              "type": "string",
              "minLength": 1,
              "maxLength": 253,
              "pattern": "^[-.a-z0-9*]+$"
             }
            },
            "exclude": {
             "description": "ServiceAccounts that are left out, though `names` chooses them; `*` stands for any number of characters.",
             "type": "array",
             "maxItems": 64,
             "x-kubernetes-list-type": "set",
             "items": {
              "type": "string",
              "minLength": 1,
              "maxLength": 253,
              "pattern": "^[-.a-z0-9*]+$"
             }
            }
           }
          },
          "secretName": {
           "description": "Name of the pull Secret. Several credentials with the same name share one Secret, as the kubelet would merge them. A name beyond what the installation permits is reported (`NotPermitted`).",
           "type": "string",
           "minLength": 1,
           "maxLength": 253,
           "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
           "default": "regcred-managed"
          },
          "secretTemplate": {
           "title": "SecretTemplate",
           "description": "Labels and annotations for the pull Secret. Keys under `kubernetes.io/`, `k8s.io/` and `regcred.dev/` are reserved.",
           "type": "object",
           "properties": {
            "labels": {
             "description": "Labels of the pull Secret.",
             "type": "object",
             "maxProperties": 16,
             "additionalProperties": {
              "type": "string",
              "maxLength": 63
             },
             "x-kubernetes-validations": [
              {
               "rule": "self.all(k, !format.qualifiedName().validate(k).hasValue())",
               "message": "every key must be a label key, such as team or example.com/team"
              },
              {
               "rule": "self.all(k, !format.labelValue().validate(self[k]).hasValue())",
               "message": "every value must be a label value: at most 63 letters, digits, `-`, `_`, `.`"
              },
              {
               "rule": "self.all(k, !k.startsWith('regcred.dev/') && !k.contains('.regcred.dev/') && !k.startsWith('kubernetes.io/') && !k.contains('.kubernetes.io/') && !k.startsWith('k8s.io/') && !k.contains('.k8s.io/'))",
               "message": "keys under regcred.dev/, kubernetes.io/ and k8s.io/ are reserved"
              },
              {
               "rule": "self.all(k, !(k in ['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty']))",
               "message": "keys that every JavaScript object has, such as constructor, are refused: tools that read the Secret stumble over them"
              }
             ]
            },
            "annotations": {
             "description": "Annotations of the pull Secret.",
             "type": "object",
             "maxProperties": 16,
             "additionalProperties": {
              "type": "string",
              "maxLength": 1024
             },
             "x-kubernetes-validations": [
              {
               "rule": "self.all(k, !format.qualifiedName().validate(k).hasValue())",
               "message": "every key must be an annotation key, such as team or example.com/team"
              },
              {
               "rule": "self.all(k, !k.startsWith('regcred.dev/') && !k.contains('.regcred.dev/') && !k.startsWith('kubernetes.io/') && !k.contains('.kubernetes.io/') && !k.startsWith('k8s.io/') && !k.contains('.k8s.io/'))",
               "message": "keys under regcred.dev/, kubernetes.io/ and k8s.io/ are reserved"
              },
              {
               "rule": "self.all(k, !(k in ['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty']))",
               "message": "keys that every JavaScript object has, such as constructor, are refused: tools that read the Secret stumble over them"
              }
             ]
            }
           }
          },
          "refresh": {
           "title": "RefreshSpec",
           "description": "When tokens are issued again.",
           "type": "object",
           "default": {},
           "properties": {
            "afterPercent": {
             "description": "Upper end of the window in which a token is issued again, in percent of its real remaining life. The window begins at four fifths of it, so that a fleet of credentials does not refresh at one moment.",
             "type": "integer",
             "format": "int32",
             "default": 50,
             "minimum": 20,
             "maximum": 90
            }
           }
          },
          "verification": {
           "title": "VerificationSpec",
           "description": "Whether a new token is tried at the registry before it is published.",
           "type": "object",
           "default": {},
           "properties": {
            "mode": {
             "description": "`Off`: no probe. `Warn`: the verdict is shown; a token proven invalid replaces a live good one only in its last tenth of life. `Require`: a token proven invalid is never published.",
             "type": "string",
             "default": "Warn",
             "enum": [
              "Off",
              "Warn",
              "Require"
             ]
            }
           }
          },
          "conflictPolicy": {
           "description": "What happens where a Secret of that name exists and is not ours. `Fail`: it is left alone and reported. `Adopt`: we merge into it, if it is a docker config; its other hosts stay, also when we leave.",
           "type": "string",
           "default": "Fail",
           "enum": [
            "Fail",
            "Adopt"
           ]
          },
          "expiryPolicy": {
           "description": "What happens to an entry whose token has expired and can not be renewed. An expired entry also blocks anonymous pulls of public images on its host. `Auto`: removed on hosts that allow anonymous pulls (Docker Hub, GHCR, Quay, public.ecr.aws, gcr.io, pkg.dev), kept elsewhere. `Keep`, `Remove`: everywhere.",
           "type": "string",
           "default": "Auto",
           "enum": [
            "Auto",
            "Keep",
            "Remove"
           ]
          },
          "deletionPolicy": {
           "description": "What happens to the pull Secrets when this credential is deleted. `Delete`: its entries are removed after a short grace. `Retain`: Secrets and entries stay and belong to you from then on; nobody refreshes them.",
           "type": "string",
           "default": "Delete",
           "enum": [
            "Delete",
            "Retain"
           ]
          },
          "suspend": {
           "description": "true: no token is issued and nothing but the status is written, and a changed deletionPolicy into the markers; what is published stays. Deletion still cleans up.",
           "type": "boolean",
           "default": false
          }
         }
        },
        "status": {
         "title": "CredentialStatus",
         "description": "What the operator did, and what it could not do.",
         "type": "object",
         "default": {
          "observedGeneration": -1
         },
         "properties": {
          "observedGeneration": {
           "description": "The generation of the spec that this status speaks of; -1 until the operator has seen it.",
           "type": "integer",
           "format": "int64",
           "minimum": -1
          },
          "provider": {
           "description": "The provider in use.",
           "type": "string",
           "maxLength": 32
          },
          "conditions": {
           "description": "`Ready`: a live token is held. `TokenIssued`: the last issue. `Verified`: what the registries say to the token. `Synced`: every selected namespace has its pull Secret. `Shadowed`: another credential wins a key of this one. `Stalled`, only while True: a change of the spec is needed.",
           "type": "array",
           "maxItems": 16,
           "x-kubernetes-list-type": "map",
           "x-kubernetes-list-map-keys": [
            "type"
           ],
           "items": {
            "title": "Condition",
            "description": "One aspect of the state.",
            "type": "object",
            "required": [
             "type",
             "status",
             "lastTransitionTime",
             "reason",
             "message"
            ],
            "properties": {
             "type": {
              "description": "What the condition is about.",
              "type": "string",
              "minLength": 1,
              "maxLength": 316,
              "pattern": "^[A-Za-z][A-Za-z0-9]*$"
             },
             "status": {
              "description": "True, False or Unknown.",
              "type": "string",
              "enum": [
               "True",
               "False",
               "Unknown"
              ]
             },
             "observedGeneration": {
              "description": "The generation of the spec that the condition speaks of.",
              "type": "integer",
              "format": "int64",
              "minimum": 0
             },
             "lastTransitionTime": {
              "description": "When `status` changed last.",
              "type": "string",
              "format": "date-time",
              "maxLength": 64
             },
             "reason": {
              "description": "Why, in one word of a closed set.",
              "type": "string",
              "minLength": 1,
              "maxLength": 128,
              "pattern": "^[A-Za-z][A-Za-z0-9_]*$"
             },
             "message": {
              "description": "Why, in a sentence, and what to do.",
              "type": "string",
              "maxLength": 1024
             }
            }
           }
          },
          "expirationTime": {
           "description": "The earliest expiry of all tokens in use; absent where they do not expire.",
           "type": "string",
           "format": "date-time",
           "maxLength": 64
          },
          "nextRefreshTime": {
           "description": "When tokens are issued again.",
           "type": "string",
           "format": "date-time",
           "maxLength": 64
          },
          "lastHandledRefresh": {
           "description": "The value of the annotation `regcred.dev/refresh` that was acted on last.",
           "type": "string",
           "maxLength": 256
          },
          "registries": {
           "description": "One line per prefix: which region or role is broken, without logs.",
           "type": "array",
           "maxItems": 64,
           "x-kubernetes-list-type": "map",
           "x-kubernetes-list-map-keys": [
            "prefix"
           ],
           "items": {
            "title": "RegistryStatus",
            "description": "The state of one prefix.",
            "type": "object",
            "required": [
             "prefix"
            ],
            "properties": {
             "prefix": {
              "description": "The prefix, as in the spec or in the source.",
              "type": "string",
              "minLength": 1,
              "maxLength": 511
             },
             "principal": {
              "description": "Who the token speaks for; for display.",
              "type": "string",
              "maxLength": 512
             },
             "issueTime": {
              "description": "When the token in use was issued.",
              "type": "string",
              "format": "date-time",
              "maxLength": 64
             },
             "expirationTime": {
              "description": "When the token in use expires; absent if it does not.",
              "type": "string",
              "format": "date-time",
              "maxLength": 64
             },
             "verdict": {
              "description": "What the registry said to the token: a reason of `Verified`.",
              "type": "string",
              "maxLength": 128
             },
             "reason": {
              "description": "How the token stands: a reason of `TokenIssued`.",
              "type": "string",
              "maxLength": 128
             }
            }
           }
          },
          "namespaces": {
           "title": "NamespaceCounts",
           "description": "How many namespaces are served.",
           "type": "object",
           "properties": {
            "selected": {
             "description": "Live namespaces that are selected.",
             "type": "integer",
             "format": "int32",
             "minimum": 0
            },
            "synced": {
             "description": "Of these, with everything in place.",
             "type": "integer",
             "format": "int32",
             "minimum": 0
            },
            "failed": {
             "description": "Of these, where something failed.",
             "type": "integer",
             "format": "int32",
             "minimum": 0
            },
            "summary": {
             "description": "`synced/selected`, for the printer column.",
             "type": "string",
             "maxLength": 32
            }
           }
          },
          "failures": {
           "description": "What failed where: the first ten namespaces by name.",
           "type": "array",
           "maxItems": 10,
           "x-kubernetes-list-type": "atomic",
           "items": {
            "title": "NamespaceFailure",
            "description": "What failed in one namespace.",
            "type": "object",
            "required": [
             "name",
             "reason",
             "message"
            ],
            "properties": {
             "name": {
              "description": "The namespace.",
              "type": "string",
              "minLength": 1,
              "maxLength": 63
             },
             "reason": {
              "description": "Why, in one word: a reason of `Synced`.",
              "type": "string",
              "maxLength": 128
             },
             "message": {
              "description": "Why, in a sentence, and what to do.",
              "type": "string",
              "maxLength": 256
             }
            }
           }
          }
         }
        }
       }
      }
     }
    }
   ]
  }
 }
];
