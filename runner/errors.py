"""Every failure an operator can meet: what happened, what to do, and in what state the databases are.

Messages and hints are lower case and carry no full stop, so that they read well behind `error:` and `hint:`.
Exit codes are unique and grouped: 10 input, 20 engine, 29 to 39 images, 40 database server, 50 detection and plan,
60 checks, 70 steps, 80 proof, 90 runs, 100 snapshots, 110 side by side, 120 the server's host. What came later took what was
free: 12 to 19 the window, 81 to 88 services, silence, lease. 0 is success, 1 a bug of ours, 2 a misused command line, 130
interrupted.
`docs/errors.md` is generated from this module.
"""

from enum import StrEnum
from typing import ClassVar


class Aftermath(StrEnum):
    """What a failure left behind in the production databases."""

    UNTOUCHED = "untouched"
    CHANGED = "changed"
    UNKNOWN = "unknown"


_UNFINISHED = (
    "if a run of ours was left unfinished here (`thing-a-me status --all`), `thing-a-me resume` it or put its snapshot back;"
    " otherwise "
)
"""What comes first where half a chain looks like somebody else's doing."""


class ThingAMeError(Exception):
    """Something the operator can act on. Subclasses say what; instances say where."""

    exit_code: ClassVar[int]
    hint: ClassVar[str]
    aftermath: ClassVar[Aftermath] = Aftermath.UNTOUCHED

    def __init__(self, message: str, *, hint: str | None = None, aftermath: Aftermath | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.advice = hint or self.hint
        self.left_behind = aftermath or self.aftermath


# -- 10 input ---------------------------------------------------------------------------------------------------------


class BadDocument(ThingAMeError):
    """A YAML or JSON file says something that is not allowed: unknown key, wrong type, two databases of one name."""

    exit_code = 10
    hint = "correct the line named above; docs/cloud-yaml.md lists every key"


class MissingFile(ThingAMeError):
    """A file that was named does not exist or cannot be read."""

    exit_code = 11
    hint = "check the path and its permissions; paths in a file are relative to that file"


# -- 20 engine --------------------------------------------------------------------------------------------------------


class EngineMissing(ThingAMeError):
    """No container engine answers."""

    exit_code = 20
    hint = "start the docker engine (`systemctl start docker`), or name another with `engine.url` or DOCKER_HOST"


class EngineTooOld(ThingAMeError):
    """The engine answers, but does not speak the API version that is needed."""

    exit_code = 21
    hint = "install docker engine 20.10 or newer (API 1.41)"


class EngineRefused(ThingAMeError):
    """The engine answered with an error that is not the image's or the step's own fault."""

    exit_code = 22
    hint = "see the engine's own words above, and its log"
    aftermath = Aftermath.UNKNOWN


# -- 29 to 39 images --------------------------------------------------------------------------------------------------


class ImageNotAsDefined(ThingAMeError):
    """A release's image is here, but `images verify` found that it is not what its definition says."""

    exit_code = 29
    hint = "build or pull it again; what is wrong with each stands above"


class ImageNotDefined(ThingAMeError):
    """A release is asked for that `images/` does not define."""

    exit_code = 30
    hint = "see `thing-a-me images list`; docs/add-a-release.md says how to add one"


class ImageMissing(ThingAMeError):
    """A release's image is defined, but was neither built nor pulled here."""

    exit_code = 31
    hint = "run `thing-a-me images build` or `thing-a-me images pull`"


class BuildFailed(ThingAMeError):
    """Building an image failed for a reason of its own."""

    exit_code = 32
    hint = "the build's last lines are above; the whole log is in the file named there"


class DiskFull(ThingAMeError):
    """There is no room left for what was being written."""

    exit_code = 33
    hint = "free some space (`docker system df`, `thing-a-me images prune`) and run the same command again"


class IndexUnreachable(ThingAMeError):
    """A package index, Debian mirror, git repository or URL of a tarball does not answer."""

    exit_code = 34
    hint = "check the proxy, CA bundle, index and mirror settings in docs/images.md"


class HashMismatch(ThingAMeError):
    """A downloaded package is not the one that the lock names, or a tarball not the one that release.yaml names."""

    exit_code = 35
    hint = "do not go on: find out who changed the package; `thing-a-me images lock` only after you trust the new one"


class DigestMismatch(ThingAMeError):
    """An image is not the one that was asked for."""

    exit_code = 36
    hint = "do not use it: ask whoever runs the registry what changed, then name the digest you trust"


class RegistryRefused(ThingAMeError):
    """A registry does not answer or says no."""

    exit_code = 37
    hint = "check the registry's name, your login (`docker login`) and whether it serves that image"


class ManifestMissing(ThingAMeError):
    """An image does not describe itself, or does so in a format we do not know."""

    exit_code = 38
    hint = "run `thing-a-me images describe REF` for an image that somebody else built"


class LockFailed(ThingAMeError):
    """The requirements of a release could not be resolved under its constraints."""

    exit_code = 39
    hint = "see the resolver's words above; release.yaml can name a deviation with its reason"


# -- 40 database server -----------------------------------------------------------------------------------------------


class ServerUnreachable(ThingAMeError):
    """The database server does not answer."""

    exit_code = 40
    hint = "check host, port and firewall in cloud.yaml; nothing was sent"


class LoginRefused(ThingAMeError):
    """The database server does not accept the account."""

    exit_code = 41
    hint = (
        "check user and password_file in cloud.yaml; in the same words MariaDB refuses an account with REQUIRE SSL that comes "
        "without TLS: then set server.tls"
    )


class TlsRequired(ThingAMeError):
    """The database server demands TLS, or its certificate does not hold."""

    exit_code = 42
    hint = "server.tls is not set: set it in cloud.yaml (docs/cloud-yaml.md)"


class ServerReadOnly(ThingAMeError):
    """The database server is read-only: a replica, or somebody protects it."""

    exit_code = 43
    hint = "point cloud.yaml at the writable server"


class RightsMissing(ThingAMeError):
    """Our account may not do what a run needs, such as creating the steps' accounts."""

    exit_code = 44
    hint = "grant the rights listed in docs/cloud-yaml.md (create user, grant option, all on the schemas)"


class SchemaMissing(ThingAMeError):
    """A schema that cloud.yaml names does not exist on the server."""

    exit_code = 45
    hint = "check the names under databases in cloud.yaml against `show databases`"


class QueryFailed(ThingAMeError):
    """The server refused or lost a statement of ours."""

    exit_code = 46
    hint = "see the server's own words above"
    aftermath = Aftermath.UNKNOWN


class CloneFailed(ThingAMeError):
    """The server of a clone does not start: its image is older than the data, it lacks memory, a file is damaged."""

    exit_code = 47
    hint = "see the server's own words above; production is not concerned"


# -- 50 detection and plan --------------------------------------------------------------------------------------------


class NoVersionTable(ThingAMeError):
    """A database holds no version table, or an empty one: no project's, never synced, or a failed jump's leftover."""

    exit_code = 50
    hint = "check that cloud.yaml names the right schema; an empty alembic_version is what a failed jump leaves behind"


class UnknownRevision(ThingAMeError):
    """A version row names a migration that no known release has."""

    exit_code = 51
    hint = "a vendor's fork or a release newer than we know: teach its recipe the heads (docs/add-a-release.md)"


class HalfMovedHeads(ThingAMeError):
    """The version rows lie between two releases: a sync stopped half way."""

    exit_code = 52
    hint = _UNFINISHED + "finish that sync with the release's own image, or restore; we do not guess"


class CellsDisagree(ThingAMeError):
    """Databases of one project that must stand at the same release do not."""

    exit_code = 53
    hint = _UNFINISHED + "sync the database that is behind with the release's own image"


class MixedSchema(ThingAMeError):
    """Two projects keep their tables in one schema."""

    exit_code = 54
    hint = "give each project a schema of its own; their version rows cannot be told apart otherwise"


class MoveImpossible(ThingAMeError):
    """There is no permitted way from where a project stands to the target."""

    exit_code = 55
    hint = "take the legal move named above"


class BeyondTarget(ThingAMeError):
    """A project stands at a newer release than the target: migrations do not go backwards."""

    exit_code = 56
    hint = "choose a target at or above the newest project, or leave that project out with --project"


class CrossCheckFailed(ThingAMeError):
    """Two facts about one database contradict each other."""

    exit_code = 57
    hint = "find out which is true before anything is run; docs/inspect.md lists the facts that are compared"


# -- 60 checks --------------------------------------------------------------------------------------------------------


class ChecksBlock(ThingAMeError):
    """At least one check found what would make the chain fail."""

    exit_code = 60
    hint = (
        "each finding above names its way out; `thing-a-me check --to RELEASE --fix NAME` runs a project's own mending command"
    )


class CheckCouldNotRun(ThingAMeError):
    """A check could not be asked: could not tell is not no."""

    exit_code = 61
    hint = "make the check answerable, then ask again; nothing is skipped silently"


class SnapshotDemanded(ThingAMeError):
    """A run would change databases without a proven snapshot."""

    exit_code = 62
    hint = (
        "take one: `thing-a-me snapshot take`, rehearse on it: `thing-a-me rehearse --to RELEASE`, and run what that seals:"
        " `thing-a-me migrate --sealed FILE`; --accept-no-snapshot says that you have one of your own"
    )


class PlanStale(ThingAMeError):
    """A sealed plan is not what would be run now: something that was rehearsed has changed since, or the file has."""

    exit_code = 64
    hint = _UNFINISHED + "take a snapshot of what is there now, and rehearse again"


class CheckpointMissing(ThingAMeError):
    """There is no checkpoint to go on from: none was kept, it was removed since, or it is of another target or release."""

    exit_code = 65
    hint = "see `thing-a-me snapshot list`; `thing-a-me rehearse` without --from-checkpoint begins at the snapshot"


class CheckpointStale(ThingAMeError):
    """What led to a checkpoint is not what would be rehearsed now: going on from it would prove something else."""

    exit_code = 66
    hint = "put back what changed (named above), or rehearse from the snapshot: leave --from-checkpoint out"


class MendNotProved(ThingAMeError):
    """A mend of text was tried on a clone, and did not come out as it should: what it takes for UTF-8 may be none."""

    exit_code = 67
    hint = "look at the rows of the columns named above: what they are has to be decided by somebody who can read them"


class NotMendable(ThingAMeError):
    """`check --fix` names a finding that no project command mends, or one that is not there."""

    exit_code = 63
    hint = "see `thing-a-me check` for the findings and their ways out"


# -- 70 steps ---------------------------------------------------------------------------------------------------------


class StepFailed(ThingAMeError):
    """A migration command ended with a failure."""

    exit_code = 70
    hint = "read the step's log, mend the cause, then `thing-a-me resume`; or put your snapshot back"
    aftermath = Aftermath.CHANGED


class MigrationStuck(ThingAMeError):
    """An online data migration cannot finish: rows are left that it cannot move."""

    exit_code = 71
    hint = "the step's log names the rows; mend them, then `thing-a-me resume`"
    aftermath = Aftermath.CHANGED


class StepNotProved(ThingAMeError):
    """A command said it succeeded, but the version rows are not where its release puts them."""

    exit_code = 72
    hint = "do not start services on it; compare the rows above with `thing-a-me images describe`, then resume or restore"
    aftermath = Aftermath.CHANGED


class StepInDoubt(ThingAMeError):
    """A step's outcome cannot be told from journal, engine or database."""

    exit_code = 73
    hint = "somebody has to look: the journal's last entries and the step's database are named above"
    aftermath = Aftermath.UNKNOWN


# -- 80 proof ---------------------------------------------------------------------------------------------------------


class ProofFailed(ThingAMeError):
    """The chain ran, but its result is not what it should be."""

    exit_code = 80
    hint = "do not start the target release on it; the report lists each difference"
    aftermath = Aftermath.CHANGED


# -- 90 runs ----------------------------------------------------------------------------------------------------------


class RunMissing(ThingAMeError):
    """There is no such run folder, or it holds no journal."""

    exit_code = 90
    hint = "see the folders under `runs:` of cloud.yaml; `thing-a-me status` without a name takes the newest"


class RunBusy(ThingAMeError):
    """Another runner is at work on this run or this cloud, or a step that a dead one left."""

    exit_code = 91
    hint = "watch it with `thing-a-me status --watch`; if that process is gone its lock is gone too"


class RunUnfinished(ThingAMeError):
    """There is nothing to begin, but something to finish: the run that led there failed or was interrupted."""

    exit_code = 96
    hint = "run `thing-a-me resume`: it goes on to its end and its proofs; `thing-a-me status` says where it is"


class JournalBroken(ThingAMeError):
    """A journal cannot be read or written. Nothing is begun that cannot be written down."""

    exit_code = 92
    hint = "keep the folder, free disk space or mend its permissions, then `thing-a-me resume`"
    aftermath = Aftermath.UNKNOWN


class NothingToResume(ThingAMeError):
    """The run has come to its end, or is no migration."""

    exit_code = 93
    hint = "see `thing-a-me report`; start a new run with `thing-a-me migrate`"


class SettingsChanged(ThingAMeError):
    """What is to be resumed is not what was begun."""

    exit_code = 94
    hint = "put back what changed (named above), or start anew from where the databases stand"
    aftermath = Aftermath.CHANGED


class HostNotReady(ThingAMeError):
    """This machine lacks something that the demo or a build needs."""

    exit_code = 95
    hint = "install what is named above, or run as root on Debian where we may install it"


# -- 100 snapshots ----------------------------------------------------------------------------------------------------


class SnapshotMissing(ThingAMeError):
    """There is no such snapshot, or it was never proven."""

    exit_code = 100
    hint = "see `thing-a-me snapshot list`; `thing-a-me snapshot prove NAME` proves one that was only taken"


class SnapshotBusy(ThingAMeError):
    """Somebody takes, proves or uses this snapshot now."""

    exit_code = 101
    hint = "wait for the process named above; if it is gone its hold on the snapshot is gone too"


class SnapshotBroken(ThingAMeError):
    """What lies in a snapshot's folder is not what was put there: changed, cut off, missing."""

    exit_code = 102
    hint = "do not use it: take a new one, and find out what happened to the disk; `thing-a-me snapshot drop` removes it"


class SnapshotFailed(ThingAMeError):
    """A snapshot could not be taken or made ready; what there was of it is removed."""

    exit_code = 103
    hint = "see the tool's own words above, mend the cause, and take it again"


class SnapshotNotProved(ThingAMeError):
    """The restored copy is not what production was at the snapshot's point."""

    exit_code = 104
    hint = "do not trust this snapshot: each difference stands above; take a new one"


class SnapshotForeign(ThingAMeError):
    """A snapshot, a container or an image does not belong to the server of cloud.yaml."""

    exit_code = 105
    hint = "compare cloud.yaml's server and snapshots with what is named above"


class SnapshotFolderUnfit(ThingAMeError):
    """The folder of the snapshots cannot be written, or cannot hold what a snapshot needs."""

    exit_code = 106
    hint = "mend its permissions, or name another with snapshots.folder in cloud.yaml; it has to be on a local disk"


class SnapshotLocked(ThingAMeError):
    """A snapshot is encrypted, and nothing here decrypts it; or what it is to be encrypted to is no recipient of age."""

    exit_code = 107
    hint = "name age's identity file with snapshots.identity_file in cloud.yaml, and its recipient with snapshots.encrypt_to"


class ServerInUse(ThingAMeError):
    """Others than we are connected to the server whose data are to be replaced, or it cannot be told whether they are."""

    exit_code = 108
    hint = "stop the services named above; `--although-connected` goes on all the same, and what they write is lost"


class RestoreFailed(ThingAMeError):
    """A snapshot could not be put back; the message says which data are in place."""

    exit_code = 109
    hint = "mend the cause, and run the same command again; it goes on from where it is (docs/put-back.md)"


# -- 110 side by side -------------------------------------------------------------------------------------------------


class PlaceTaken(ThingAMeError):
    """The new server's folder, its container's name, or the address it is to be published at is taken, or not there."""

    exit_code = 110
    hint = "choose another with --into, --name or --publish; nothing was begun"


class ProductionAhead(ThingAMeError):
    """Production is not at the snapshot's point any more: whatever was written since would be lost at the hand-over."""

    exit_code = 111
    hint = (
        "stop the services, and take a new snapshot: `thing-a-me snapshot take`; `--although-behind` goes on all the same,"
        " and what is named above is not on the new server"
    )


class ProductionWritten(ThingAMeError):
    """Production is not what it was when the migration beside it began: somebody wrote to it meanwhile."""

    exit_code = 112
    hint = "find out who is named above, stop them, take a new snapshot, and run the same command again; nothing of ours writes"
    aftermath = Aftermath.UNKNOWN


class HandOverFailed(ThingAMeError):
    """The new server does not start with production's options, or does not take our account."""

    exit_code = 113
    hint = "see the server's own words above; production runs on, and was not touched"


# -- 120 the server's host --------------------------------------------------------------------------------------------


class HostUnreachable(ThingAMeError):
    """The shell on the database server's host ended without a word on what it was to run."""

    exit_code = 120
    hint = "run what snapshots.host.shell in cloud.yaml has, followed by `true`: it has to end well, and without a question"


class HostUnfit(ThingAMeError):
    """The shell on the database server's host answers, and what is needed there is not there."""

    exit_code = 121
    hint = "docs/put-back.md lists what a host needs"


# -- 81 services, silence, lease; 12 the window -------------------------------------------------------------------------


class ServiceProtected(ThingAMeError):
    """A service that may not be stopped by mistake: hypervisors, switches, agents, the database, the message queue."""

    exit_code = 81
    hint = "take it out of services; nova-compute alone may be named (docs/services.md)"


class ServiceMissing(ThingAMeError):
    """A service of cloud.yaml is not there."""

    exit_code = 82
    hint = "correct services in cloud.yaml: docs/services.md"


class ServiceRefused(ThingAMeError):
    """A service did not stop or start, or whoever has to do it cannot be reached."""

    exit_code = 83
    hint = "read what it said; `thing-a-me status` tells which services run"


class ServiceCameBack(ThingAMeError):
    """A service that was stopped runs again."""

    exit_code = 84
    hint = "find what starts it (a restart policy, an orchestrator, a colleague), and stop that"


class NotSilent(ThingAMeError):
    """Somebody still writes, or may."""

    exit_code = 85
    hint = "the message names who; stop it, or name its account's owner in services"


class AccountNotLockable(ThingAMeError):
    """An account cannot be locked: the server is too old for it, or it is not ours to change."""

    exit_code = 86
    hint = "it takes MariaDB 10.4.2 or newer; spare the account (silence.spare) only if you know that it does not write"


class LeaseHeld(ThingAMeError):
    """Another runner holds this cloud's databases."""

    exit_code = 87
    hint = "wait for it, or `thing-a-me abort` where it runs; a lease whose owner died ends by itself"


class LeaseLost(ThingAMeError):
    """Another runner has taken this cloud's databases over, or ours was silent for too long."""

    exit_code = 88
    hint = "see who holds them: `thing-a-me status`; nothing more is begun here"
    aftermath = Aftermath.UNKNOWN


class WindowTooShort(ThingAMeError):
    """What was rehearsed does not fit into the window."""

    exit_code = 12
    hint = "the message has the arithmetic; agree on a longer window, or make the chain or the restore faster"


class HookFailed(ThingAMeError):
    """A hook ended with another exit code than 0, or took too long."""

    exit_code = 13
    hint = "its output is in the run's folder; run it by hand and mend it; `thing-a-me status` says what to type then"


class ValidationFailed(ThingAMeError):
    """The cloud that was rolled out does not work as it should."""

    exit_code = 14
    hint = "each fault is named; what was rolled out is taken back"
    aftermath = Aftermath.CHANGED


class RollOutFailed(ThingAMeError):
    """A service could not be recreated on the target release's image."""

    exit_code = 15
    hint = "read what the engine said; the old container is kept beside it"
    aftermath = Aftermath.CHANGED


class TurnedBack(ThingAMeError):
    """The window was turned back: the databases, accounts and services are what they were before it."""

    exit_code = 16
    hint = "mend what is named above, then open another window: `thing-a-me migrate --sealed`"


class RollBackFailed(ThingAMeError):
    """Turning back did not come to its end."""

    exit_code = 17
    hint = "mend what the message names, then `thing-a-me rollback`: it goes on where it was"
    aftermath = Aftermath.UNKNOWN


class WatchFailed(ThingAMeError):
    """The data plane cannot be watched."""

    exit_code = 18
    hint = "correct watch in cloud.yaml: docs/watch.md"


class NothingToDecide(ThingAMeError):
    """The run waits for nobody, or it is past the point of no return."""

    exit_code = 19
    hint = "ask `thing-a-me status` where it is"
