"""The files that a new registry starts with, beside its first trust."""

from __future__ import annotations

SCHEMA_LINE = "# yaml-language-server: $schema="

POLICY = """\
{schema}
# What each transition requires. Every name is defined under checks; nothing that is missing ever passes.
# To change it: edit this file, then `registry policy check` and `registry sign registry/policy.yaml`.
kind: policy
schema_version: 1
registry_id: "{registry_id}"
created_at: "{created_at}"
created_by: "{created_by}"
version: 1

# A release comes to an environment only after it was promoted to the one named by `after`.
environments:
  - name: staging
  - name: canary
    after: staging
  - name: production
    after: canary

# A release's state is derived from its records; these are the names it goes by, in order.
lifecycle:
  - registered
  - validation-passed
  - staging-approved
  - canary-approved
  - production-approved
  - retired

promotion_policy:
  to_staging:
    requires:
      - artifact_signature_verified
      - offline_eval_passed
      - schema_compatibility_passed
      - security_scan_passed
  to_canary:
    requires:
      - staging_smoke_test_passed
      - latency_p95_under_60ms
      - feature_parity_verified
  to_production:
    requires:
      - canary_error_rate_under_1_percent
      - canary_business_metric_regression_under_2_percent
      - manual_approval_from_model_owner
      - manual_approval_from_risk_owner

# With two people or more in trust, nobody's approval counts for a release that they registered, attested
# or promote.
separation_of_duties: [release_author, evidence_signer, promoter]

# In an emergency nothing is skipped unless this says so:
# emergency:
#   authorised_by: [incident-commander]
#   may_skip: [manual_approval_from_model_owner]
#   review_within: 72h
#   review_by: [risk-owner]

# What meets each: by whose word, measured where, how long ago at the most, in which bounds and which unit.
# Without evidence, or with any that failed, none is met. In words: registry policy explain production
checks:
  artifact_signature_verified:
    type: evidence
    description: The artifact's bytes are those that the release names.
    by: [attester]
    max_age: 90d
  offline_eval_passed:
    type: evidence
    description: The offline evaluation met its thresholds.
    by: [attester]
    max_age: 90d
  schema_compatibility_passed:
    type: evidence
    description: Inputs and outputs fit what production serves now.
    by: [attester]
    max_age: 30d
  security_scan_passed:
    type: evidence
    description: The artifact was scanned for code that runs on loading.
    by: [attester]
    max_age: 30d
  staging_smoke_test_passed:
    type: evidence
    description: The release answered requests in staging.
    by: [attester]
    environment: staging
    max_age: 30d
  latency_p95_under_60ms:
    type: measurement
    description: The 95th percentile of response time, in milliseconds.
    by: [attester]
    environment: staging
    max_age: 30d
    measurement: latency_p95_ms
    max: 60
    unit: ms
  feature_parity_verified:
    type: evidence
    description: Serving computes the features that training saw.
    by: [attester]
    environment: staging
    max_age: 30d
  canary_error_rate_under_1_percent:
    type: measurement
    description: Failed requests as a share of all, under canary traffic.
    by: [attester]
    environment: canary
    max_age: 7d
    measurement: error_rate
    max: 0.01
    unit: ratio
  canary_business_metric_regression_under_2_percent:
    type: measurement
    description: How much the business metric fell against what serves now, under canary traffic.
    by: [attester]
    environment: canary
    max_age: 7d
    measurement: business_metric_regression
    max: 0.02
    unit: ratio
  manual_approval_from_model_owner:
    type: approval
    role: model-owner
    count: 1
  manual_approval_from_risk_owner:
    type: approval
    role: risk-owner
    count: 1
"""

GIT_ATTRIBUTES = """\
# Signatures cover exact bytes: nothing may rewrite them on checkout.
registry/** -text -filter -ident
*.sig linguist-generated
"""

WORKFLOW = """\
# Judges every step of the registry's history, and what a pull request would add to it.
name: registry
on:
  push:
    branches: [{branch}]
  pull_request:
permissions:
  contents: read
jobs:
  verify:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0
        with:
          fetch-depth: 0
          persist-credentials: false
      - uses: actions/setup-python@e797f83bcb11b83ae66e0230d6156d7c80228e7c # v6.0.0
        with:
          python-version: "3.12"
      - run: pip install gitregistry
      - run: registry verify --pin "$REGISTRY_PIN"
        env:
          REGISTRY_PIN: ${{{{ vars.REGISTRY_PIN }}}}
"""

README = """\
# {name}

A model registry: signed records under `registry/`, judged by policy at every step of this branch.

| question | command |
|---|---|
| What serves now? | `registry resolve MODEL@production` |
| What produced it? | `registry show MODEL@production` |
| What did it pass, and who approved it? | `registry why MODEL@production` |
| How did it get there? | `registry log MODEL@production` |
| Was every step lawful? | `registry verify --pin {pin}` |

The pin is the digest of the first trust record. Keep it outside this repository: it is what a verifier
starts from.
"""
