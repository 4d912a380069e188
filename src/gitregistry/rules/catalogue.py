"""Every code that a finding may carry, for people: the law, why there is one, an example, and the mend.

``registry rule CODE`` prints a page, and ``docs/rules/`` is written from them. A test holds that no code is
used without its page here and that no page is left over.
"""

from __future__ import annotations

from typing import NamedTuple


class Page(NamedTuple):
    """One rule: its law in a sentence, why it exists, a case that breaks it, and what to do then.

    ``command`` is what to type when a command was refused by it and no finding knows a better one; None for
    a rule that no command's own proposal can break.
    """

    law: str
    why: str
    example: str
    mend: str
    command: str | None = None


_TAKE_OUT = "Take the step out of the branch before others build on it: `git rebase --onto COMMIT^ COMMIT`."
_AGAIN = "Make the record again with the command for it; nothing was written."

# The headings of the index, each by the first code below it.
HEADINGS: dict[str, str] = {
    "tree": "What lies under `registry/` at all",
    "parse": "Whether a file is a signed record",
    "registry-id": "Where a record belongs and who made it",
    "trust": "Trust and policy",
    "release": "Releases",
    "replay": "Promotions and what they rest on",
    "traffic": "Deployments",
}

CATALOGUE: dict[str, Page] = {
    # What lies under registry/ at all.
    "tree": Page(
        "Under `registry/` lie plain files at the places of records, and nothing else.",
        "A link, a submodule or a stray file can make a checkout show what nobody signed.",
        "`registry/models/churn/aliases/production.yaml` is replaced by a symbolic link.",
        _TAKE_OUT,
    ),
    "name": Page(
        "Names are short, plain, and differ by more than upper and lower case.",
        "Names that look alike, or that a file system cannot tell apart, send people to the wrong one.",
        "A version `RC1` is added beside `rc1`.",
        "Choose another name. A step that is committed is taken out: `git rebase --onto COMMIT^ COMMIT`.",
        "registry list",
    ),
    "missing": Page(
        "Records are never removed.",
        "Removing a rejection or failed evidence would let through what it stopped.",
        "`git rm` of evidence that failed.",
        "An alias: `registry rollback MODEL --in ENV --to VERSION --reason …`. " + _TAKE_OUT,
    ),
    "immutable": Page(
        "A release, its card, evidence, approvals, retirements and reviews never change once recorded.",
        "What was approved must be what serves.",
        "A new artifact digest is put into the manifest of a version that exists, and signed again.",
        "Give the new artifact a new version. " + _TAKE_OUT,
    ),
    "version-reused": Page(
        "What was removed never comes back under its name.",
        "The same version with other bytes makes every digest and log before it ambiguous.",
        "A release is deleted in one step and registered with another artifact in the next.",
        "Register it under a new version. " + _TAKE_OUT,
    ),
    # How a branch moves.
    "first-parent": Page(
        "The registry's branch only grows: its present tip stays on the way back along first parents.",
        "What the tip was judged on must stay what lies before it; a branch that jumps can lose a refusal.",
        "A forced push of older steps, or of a merge whose first parent is another branch.",
        "Put the new steps on top of the branch as it is: `git pull --rebase`, then push again.",
    ),
    "merge": Page(
        "A merge takes each file under `registry/` whole, from the one side that changed it.",
        "Signed bytes that are merged inside are nobody's; two answers to one question need a person.",
        "Two branches each promote another release in one environment.",
        "Run the command again on the target's tip.",
    ),
    # Whether a file is a signed record.
    "parse": Page(
        "A record is strict YAML with exactly the fields of its kind.",
        "What two readers could read differently cannot be signed for.",
        "A policy with the key `requires` twice in one transition.",
        "Mend the line that the finding names and sign again.",
        "registry policy check",
    ),
    "signature": Page(
        "Beside every record lies one signature over its exact bytes; beside trust and policy, one or more.",
        "Whoever can push can write any file; only a key's holder can sign it.",
        "The version in an alias file is edited by hand.",
        "An alias: `registry rollback` or `registry promote` signs the move. " + _TAKE_OUT,
    ),
    "signature-format": Page(
        "Signatures are as `ssh-keygen -Y sign` writes them: SSHSIG, sha512, Ed25519; a token was touched.",
        "Loose readers are where forged signatures get in.",
        "A signature by an RSA key.",
        "Sign with an Ed25519 key: `registry keys generate`.",
        "registry keys generate",
    ),
    "namespace": Page(
        "A signature is made for one kind of record.",
        "One made for a commit or an approval must not pass for a promotion.",
        "The signature of evidence is put beside an alias.",
        _AGAIN,
    ),
    # Where a record belongs and who made it.
    "registry-id": Page(
        "A record names the registry that it was made for.",
        "What was lawful in a fork or in the staging registry was judged by another trust and policy.",
        "An alias record is copied from a fork.",
        "Make the record here, with the command for it.",
    ),
    "subject": Page(
        "A record says itself which model, version, environment and maker it is for, and lies where it says.",
        "A valid record copied elsewhere would speak for something that its signer never saw.",
        "The approval of one version is copied into the folder of another.",
        "Make the record for that place with the command for it.",
    ),
    "role": Page(
        "Whoever signs holds the role, for this model and this environment.",
        "Being able to push, or to sign something else, is not the right to decide.",
        "An attester moves an alias.",
        "An administrator grants the role: `registry trust grant ID ROLE`; or somebody who holds it signs.",
        "registry trust grant ID ROLE",
    ),
    "key": Page(
        "The signing key counts at this place in history: valid, not expired, not revoked.",
        "A stolen key signs with any date it likes; it cannot choose its place in history.",
        "A promotion signed with a key that an earlier step revoked.",
        "Sign with a key in force; `registry trust add ID --key FILE.pub` adds one.",
        "registry trust add ID --key FILE.pub",
    ),
    "principal-kind": Page(
        "Only a person can approve.",
        "An approval is somebody's judgement; a robot has none.",
        "A CI identity that was granted `risk-owner` signs an approval.",
        "Have a person in that role approve: `registry approve MODEL:VERSION --to ENV --role ROLE`.",
        "registry approve MODEL:VERSION --to ENV --role ROLE",
    ),
    "time": Page(
        "No step or record is dated in the future, or before what it follows, by more than five minutes.",
        "Order comes from the chain of commits; dates that contradict it mislead every reader.",
        "A commit dated a year ahead.",
        "Set the clock and make the step again. " + _TAKE_OUT,
    ),
    "clock": Page(
        "This machine's clock is not behind the newest step of the registry that was seen here.",
        "A record made now would be dated before what it follows.",
        "`registry promote` on a laptop whose clock stands in last week.",
        "Set the clock: `timedatectl set-ntp true`, for example.",
        "timedatectl set-ntp true",
    ),
    "pin": Page(
        "The first trust record is the one whose digest is the pin.",
        "Whoever can rewrite a repository can begin it again with a trust of their own.",
        "`registry verify --pin PIN` on a clone of a registry that was made anew.",
        "Clone again from a source that you trust; `registry trust pin` shows both pins.",
    ),
    "freshness": Page(
        "A branch still leads back to what was seen of it on this machine, and no number went backwards.",
        "Each step of an old copy or a rewritten history can be lawful, and yet it serves what was replaced.",
        "A mirror serves the registry as it was before the last rollback.",
        "`git pull`. When history was rewritten on purpose: `registry trust pin PIN --forget`.",
    ),
    "checkpoint": Page(
        "The history holds the head that a checkpoint states, and is nowhere behind it; a witness signed it.",
        "A clone cannot show that it is the newest; somebody who saw more can sign what they saw.",
        "`registry verify --checkpoint FILE` with a statement of a head that the branch no longer leads to.",
        "`git pull`; if that does not help, the remote serves old or rewritten history.",
    ),
    # Trust and policy.
    "trust": Page(
        "Trust can be used: strong keys, each of one principal, and enough administrators to change it.",
        "All else rests on it; a fault here is a fault everywhere.",
        "One key is entered under two names.",
        "Correct `registry/trust.yaml` and sign it: `registry sign registry/trust.yaml`.",
        "registry sign registry/trust.yaml",
    ),
    "trust-threshold": Page(
        "As many administrators of the old trust, and of the new one, sign a change as each asks for.",
        "Neither may a few hand themselves the registry, nor may newcomers vote themselves in.",
        "One administrator of two required adds a key.",
        "Another administrator signs: `registry sign registry/trust.yaml`.",
        "registry sign registry/trust.yaml",
    ),
    "recovery": Page(
        "Trust is changed under the old trust's threshold; begun anew without it, it needs a new pin.",
        "When too few keys are left, people must be able to go on; an attacker would claim just that.",
        "Both administrators lost their laptops; the next trust is a new first one that names the old.",
        "Ask the registry's people by other means; if they did it: `registry trust pin NEWPIN`. If they did "
        "not, take the step out: `git rebase --onto COMMIT^ COMMIT`.",
    ),
    "policy": Page(
        "The policy can be applied: each name that it uses is defined, each transition requires something.",
        "A typing error must stop promotions, not open the gate.",
        "`requires: []` under `to_production`.",
        "`registry policy check` names each fault; then `registry sign registry/policy.yaml`.",
        "registry policy check",
    ),
    "policy-threshold": Page(
        "As many administrators sign a change of policy as trust asks for.",
        "Whoever can loosen the gate alone has no gate.",
        "A change of policy without any signature by an administrator.",
        "Another administrator signs: `registry sign registry/policy.yaml`.",
        "registry sign registry/policy.yaml",
    ),
    "tier-threshold": Page(
        "A model's risk tier is changed by as many administrators as sign a policy.",
        "Whoever could lower the tier of their own model would choose what is asked of it.",
        "A publisher signs a page that says `risk_tier: low` where `high` stood.",
        "Another administrator signs: `registry sign registry/models/MODEL/model.yaml`. " + _TAKE_OUT,
        "registry sign registry/models/MODEL/model.yaml",
    ),
    "version": Page(
        "Version n is followed by n + 1, naming n's digest; an alias names the trust and policy in force.",
        "An older policy or trust was signed lawfully once, and must not come back.",
        "The policy of last month, weaker and validly signed, is put back.",
        "Make the change anew on top of what is in force.",
    ),
    # Releases.
    "release": Page(
        "A record about a release names the digest of a manifest that is there, alive where it must be.",
        "A pointer to something absent, altered or withdrawn must not be followed.",
        "A promotion of a release that was withdrawn.",
        "`registry list MODEL` shows what there is; act on one of those.",
        "registry list",
    ),
    "card": Page(
        "The model card beside a manifest is there exactly when the manifest names it, with those bytes.",
        "The card that was reviewed is the card that is kept.",
        "`card.md` is edited after the release.",
        "Register a new version with the new card: `registry register MANIFEST.yaml --card FILE`. "
        + _TAKE_OUT,
        "registry register MANIFEST.yaml --card FILE",
    ),
    # Promotions and what they rest on.
    "replay": Page(
        "An older alias, deployment or line record is never put back.",
        "It was signed lawfully once; to show it again is how a registry is quietly turned back.",
        "`git revert` of a promotion, by hand or by the forge's button.",
        "The same move as a signed record: `registry rollback MODEL --in ENV --reason …`.",
        "registry rollback MODEL --in ENV --reason '…'",
    ),
    "sequence": Page(
        "Each alias, deployment or line record follows the latest one, by number and by digest.",
        "Two promotions made side by side must not both believe that they were the next.",
        "Two branches each promote another release, and are merged.",
        "Run the command again on the branch's tip.",
    ),
    "requirement": Page(
        "A promotion meets every requirement of the policy in force.",
        "That is what the gate is for; no data never passes.",
        "Latency was measured at 75 ms where 60 ms are asked for.",
        "The refusal names, for each requirement, the command that would meet it.",
        "registry policy explain ENV",
    ),
    "tier": Page(
        "Where a profile for a risk tier may decide, administrators signed the model's tier, and the release "
        "claims no other.",
        "A gate that is chosen by what a release says of itself is none.",
        "A release that says `risk_tier: low` of a model whose page says `high`.",
        "Administrators sign the model's page: `registry model MODEL --risk-tier TIER`; or the release is "
        "registered under a new version, with the tier of its model.",
        "registry model MODEL --risk-tier TIER",
    ),
    "freeze": Page(
        "While a freeze window of the policy is open, nothing is promoted where it holds; rollbacks go on.",
        "Nobody wants a new model on the night when nobody is there to watch it.",
        "A promotion to production on the 24th of December, in a window that ends on the 2nd of January.",
        "Promote when the window has ended, or have administrators end it: `registry policy show`. "
        + _TAKE_OUT,
        "registry policy show",
    ),
    "format": Page(
        "Where the policy lists artifact formats, only a release in one of them is promoted.",
        "Some formats run code when they are loaded; a digest does not make that safe.",
        "A release with `artifact_format: pickle` where only onnx and safetensors are allowed.",
        "Export the model in an allowed format and register it under a new version: "
        "`registry register MANIFEST.yaml --artifact FILE`. " + _TAKE_OUT,
        "registry register MANIFEST.yaml --artifact FILE",
    ),
    "image": Page(
        "Where a transition says `image_digest: required`, `runtime.base_image` names its image by a digest.",
        "A tag can be moved to another image after everything was approved; a digest cannot.",
        "A release with `base_image: ghcr.io/team/serving:1.4` is promoted to production.",
        "Register it under a new version with the digest, which `crane digest IMAGE` prints: `registry "
        "register MANIFEST.yaml --image NAME@sha256:…`. " + _TAKE_OUT,
        "registry register MANIFEST.yaml --image NAME@sha256:…",
    ),
    "line": Page(
        "While the line of a model, or of the whole fleet, is stopped, nothing is promoted; rollbacks go on.",
        "In an incident somebody must be able to say: nothing new, until we know more.",
        "CI promotes a release an hour after the operator on call stopped the fleet.",
        "A person who operates resumes it: `registry resume MODEL --reason …`, or `--fleet`. " + _TAKE_OUT,
        "registry status",
    ),
    "soak": Page(
        "A release was in an environment as long as the policy asks, by the dates of the steps, unbroken.",
        "Some faults show only after hours of real traffic.",
        "A promotion to production three hours after the one to canary, where 24 hours are asked for.",
        "Wait: the refusal says until when. A rollback there, or another release, begins the time anew. "
        + _TAKE_OUT,
        "registry policy explain ENV",
    ),
    "hold": Page(
        "A release that was rolled back from an environment does not come back until a person lifts that.",
        "What was just found bad must not return by the next automatic promotion, or by a tired hand.",
        "CI promotes the release again that the operator on call rolled back an hour ago.",
        "An operator who did not register it lifts it: "
        "`registry lift MODEL:VERSION --in ENV --reason …`; then have it approved again. " + _TAKE_OUT,
        "registry lift MODEL:VERSION --in ENV --reason '…'",
    ),
    "cited": Page(
        "A promotion names every record that it rests on, and no other.",
        "Its grounds can be shown years later, without guessing which of several records counted.",
        "An alias record without the digest of an approval that it needed.",
        "`registry promote` names them by itself.",
    ),
    "rollback": Page(
        "A rollback goes to a release that served there; every move names the last good one to go back to.",
        "Under pressure only what is known to have worked is a way back.",
        "A rollback to a version that never was in production.",
        "`registry log MODEL@ENV` shows what served; promote a release that never did.",
        "registry log MODEL@ENV",
    ),
    "emergency": Page(
        "An emergency promotion skips only what the policy lists, says so, and is reviewed in time.",
        "An exception that nobody authorised, that hides what it skips, or that nobody looks at, is a hole.",
        "A promotion for INC-1 that skips an approval, by somebody who may not authorise that.",
        "`registry policy explain ENV` says who may authorise what; `registry status` lists the reviews "
        "that are due, and the command that closes each. " + _TAKE_OUT,
        "registry policy explain ENV",
    ),
    "evidence": Page(
        "Evidence counts if it has the value asked for, measured after registration, where and when asked.",
        "A measurement of something else, or of nothing, says nothing about this release.",
        "An error rate that was measured in staging where canary is asked for.",
        "Measure again and `registry attest`; the refusal gives the command.",
        "registry attest MODEL:VERSION CHECK --passed",
    ),
    "approval-state": Page(
        "An approval that was rejected over, withdrawn, has expired or is too old does not count.",
        "People change their minds, and their last word counts.",
        "The risk owner rejects what they had approved.",
        "Ask whoever decided; `registry approve MODEL:VERSION --to ENV --role ROLE` replaces their decision.",
        "registry approve MODEL:VERSION --to ENV --role ROLE",
    ),
    "approval-stale": Page(
        "An approval covers the policy then in force and the evidence then on file.",
        "Nobody approves what they did not see.",
        "Canary evidence is replaced after the risk owner approved.",
        "The same person looks again and approves again.",
        "registry approve MODEL:VERSION --to ENV --role ROLE",
    ),
    "approval-subject": Page(
        "An approval is for this release, in this environment, in this registry.",
        "Consent to one version is no consent to the next.",
        "The approval of `rc2` lies in the folder of `rc3`.",
        "Have it approved for what it is: `registry approve MODEL:VERSION --to ENV --role ROLE`.",
        "registry approve MODEL:VERSION --to ENV --role ROLE",
    ),
    "approval-slot": Page(
        "One person fills one slot: over all approvals of a promotion, each person counts once.",
        "Two roles that one person holds are still one pair of eyes.",
        "Dave holds `model-owner` and `risk-owner`, approves as both, and nobody else approves.",
        "Have another person approve in either role; the hint names who could.",
        "registry approve MODEL:VERSION --to ENV --role ROLE",
    ),
    "separation": Page(
        "Nobody approves a release that they registered, attested or promote, once trust names two persons.",
        "Four eyes see more than two.",
        "The engineer who registered the release approves it as its model owner.",
        "Have another person in that role approve, or another promote.",
        "registry approve MODEL:VERSION --to ENV --role ROLE",
    ),
    # Deployments.
    "traffic": Page(
        "A revision stands once, and live, canary and ab traffic sums to 100.",
        "A record of what serves that cannot be true helps nobody in an incident.",
        "Two live revisions with 60 % each.",
        "`registry deploy` shares what is left among the others by itself.",
    ),
}
