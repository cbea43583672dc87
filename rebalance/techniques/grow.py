"""Techniques that add rows to the smaller classes: each is a way to choose seeds and mates."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rebalance.arrays import Codes, Float64, Int64
from rebalance.plan.plan import Made, Noise, Plan, joined
from rebalance.techniques.neighbors import one_thread
from rebalance.techniques.problem import Problem

_FAR_NEIGHBORS = 10
"""How many neighbours of any class tell whether a row is in danger: imbalanced-learn's `m_neighbors`."""

_OUTWARD = 0.5
"""How far SVM-SMOTE goes away from a mate: imbalanced-learn's `out_step`."""


def random_over(problem: Problem) -> Plan:
    """Repeat random rows of each class that is to grow, in input order, so that the file is read front to back."""
    random = problem.random()
    repeats = []
    for _, members, missing in problem.to_grow():
        chosen = random.choice(members, missing)
        chosen.sort()
        repeats.append(chosen)
    return Plan(np.concatenate([problem.before.keep, *repeats]), problem.before.made)


@dataclass(frozen=True)
class Growth:
    """One class that is to grow: `missing` rows from `members` (records), with `k` neighbours each.

    `drawn`: how many draws of noise rows made before have used.
    """

    problem: Problem
    random: np.random.Generator
    code: int
    members: Int64
    missing: int
    k: int
    drawn: int = 0

    @property
    def label(self) -> str:
        """The name of the class."""
        return self.problem.labels[self.code]

    def nearest(self, of: Int64 | None = None) -> Int64:
        """Return the members nearest to each member, or to those at `of`, as positions among the members."""
        return self.problem.nearest_others(self.problem.space.points(self.members), self.k, of)

    def foreign_share(self, k: int) -> Float64:
        """Return which share of each member's k nearest records, of any class, is of other classes."""
        problem = self.problem
        codes = problem.table.target.codes[problem.records]
        k = min(k, len(codes) - 1)
        nearest = problem.nearest_others(problem.space.all_points, k, np.flatnonzero(codes == self.code))
        share: Float64 = (codes[nearest] != self.code).mean(axis=1)
        return share

    def between(self, seed: Int64, mate: Int64, gap: Float64) -> Made:
        """Return recipes between records."""
        sources = np.union1d(self.members, mate)
        label = np.full(len(seed), self.code, np.int32)
        target_gap = None
        if self.problem.table.target.quantity is not None:
            target_gap = weighted_gap(gap, *self.problem.space.apart(seed, mate))
        return Made(seed, mate, gap, label, sources=sources, target_gap=target_gap)

    def from_seeds(self, seeds: Int64, missing: int | None = None) -> Made:
        """Return recipes between random ones of the members at `seeds` and their nearest fellow members."""
        size = self.missing if missing is None else missing
        nearest = self.nearest(seeds)
        row = self.random.integers(len(seeds), size=size)
        mate = nearest[row, self.random.integers(self.k, size=size)]
        return self.between(self.members[seeds[row]], self.members[mate], self.random.random(size))


def weighted_gap(gap: Float64, measured: Float64, mismatches: Float64) -> Float64:
    """Return how far the target of made rows lies on the way from the seed's to the mate's.

    The parents' targets are weighted by the inverse of their distance to the made row (Torgo et al. 2013, SmoteR,
    section 3.2). `measured`: the squared distance of the parents in numbers and dates, of which the row lies `gap`
    along; `mismatches`: in how many categories they differ, in which it is as the nearer one. Half way if all are one.
    """
    at_seed = gap <= 0.5  # noqa: PLR2004  half way
    to_seed = np.sqrt(gap**2 * measured + np.where(at_seed, 0, mismatches))
    to_mate = np.sqrt((1 - gap) ** 2 * measured + np.where(at_seed, mismatches, 0))
    whole = to_seed + to_mate
    found: Float64 = np.divide(to_seed, whole, out=np.full(len(gap), 0.5), where=whole > 0)
    return found


Choice = tuple[Made, str]
"""What is made of a class, and a note if the technique could not do it its own way."""


def grown(problem: Problem, choose: Callable[[Growth], Choice]) -> Plan:
    """Let `choose` make the rows of each class that is to grow.

    A class of n rows gets at most n - 1 neighbours; one of a single row is repeated. Both are noted.
    """
    random = problem.random()
    made, repeats, notes = [problem.before.made], [], []
    neighbors: dict[str, int] = {}
    wanted_k = problem.options.neighbors
    drawn = _drawn(problem.before.made)
    for code, members, missing in problem.to_grow():
        label, has, k = problem.labels[code], len(members), min(wanted_k, len(members) - 1)
        remedy = f"--neighbors {max(k, 1)} does, or leave --strict out, or --technique random-over"
        if k == 0:
            what = f"class {label!r} has 1 row: it is repeated, there is no second one to go towards"
            notes.append(problem.adapted(what, "--technique random-over does this, or leave --strict out"))
            repeats.append(np.repeat(members, missing))
            continue
        if k < wanted_k:
            fewer = "1 neighbour" if k == 1 else f"{k} neighbours"
            what = f"class {label!r} has {has} rows: {fewer} instead of {wanted_k}, for which {wanted_k + 1} are needed"
            notes.append(problem.adapted(what, remedy))
        neighbors[label] = k
        recipes, note = choose(Growth(problem, random, code, members, missing, k, drawn))
        drawn += missing
        made.append(recipes)
        if note:
            notes.append(problem.adapted(f"class {label!r}: {note}", "--technique smote, or leave --strict out"))
    keep = np.concatenate([problem.before.keep, *repeats])
    return Plan(keep, joined(made), neighbors=neighbors, notes=tuple(notes))


def _drawn(made: Made) -> int:
    """Return how many draws of noise have been used."""
    return 0 if made.noise is None else int(made.noise.draw.max(initial=-1)) + 1


def smote(problem: Problem) -> Plan:
    """Make rows between random rows and one of their k nearest of the same class (Chawla et al. 2002)."""
    return grown(problem, lambda growth: (growth.from_seeds(np.arange(len(growth.members))), ""))


def borderline_smote(problem: Problem) -> Plan:
    """Start only from rows in danger: at least half, not all, of their neighbours are foreign (Han et al. 2005).

    Kind 2 goes towards neighbours of any class, less than half way to a foreign one.
    """
    return grown(problem, _from_danger)


def _from_danger(growth: Growth) -> Choice:
    share = growth.foreign_share(_FAR_NEIGHBORS)
    danger = np.flatnonzero((share >= 0.5) & (share < 1))  # noqa: PLR2004  half of them
    if not len(danger):
        return growth.from_seeds(np.arange(len(growth.members))), "no row is in danger, so any row is a seed"
    if growth.problem.options.kind == 1:
        return growth.from_seeds(danger), ""
    problem = growth.problem
    codes = problem.table.target.codes[problem.records]
    k = min(problem.options.neighbors, len(codes) - 1)
    own = np.flatnonzero(codes == growth.code)[danger]
    nearest = problem.nearest_others(problem.space.all_points, k, own)
    row = growth.random.integers(len(danger), size=growth.missing)
    mate = nearest[row, growth.random.integers(k, size=growth.missing)]
    gap = growth.random.random(growth.missing) * np.where(codes[mate] == growth.code, 1.0, 0.5)
    return growth.between(problem.records[own[row]], problem.records[mate], gap), ""


def svm_smote(problem: Problem) -> Plan:
    """Start from support vectors: towards fellows where in danger, away from them where safe (Nguyen et al. 2011)."""
    return grown(problem, _from_support_vectors)


def _from_support_vectors(growth: Growth) -> Choice:
    problem = growth.problem
    codes = problem.table.target.codes[problem.records]
    own = np.flatnonzero(codes == growth.code)
    support = np.flatnonzero(np.isin(own, support_vectors(problem.space.all_points, codes, problem.seed)))
    share = growth.foreign_share(_FAR_NEIGHBORS)[support]
    danger, safe = support[(share >= 0.5) & (share < 1)], support[share < 0.5]  # noqa: PLR2004  half of them
    if not len(danger) and not len(safe):
        return growth.from_seeds(np.arange(len(growth.members))), "all support vectors are noise, so any row is a seed"
    inward = int(growth.random.beta(10, 10) * (growth.missing + 1))
    inward = growth.missing if not len(safe) else 0 if not len(danger) else min(inward, growth.missing)
    parts = []
    if inward:
        parts.append(growth.from_seeds(danger, inward))
    if growth.missing - inward:
        outward = growth.from_seeds(safe, growth.missing - inward)
        parts.append(growth.between(outward.seed, outward.mate, -_OUTWARD * outward.gap))
    return joined(parts), ""


def support_vectors(points: Float64, codes: Codes, seed: int) -> Int64:
    """Return the positions of the support vectors of an RBF machine that separates the classes."""
    from sklearn.svm import SVC

    support: Int64 = SVC(gamma="scale", random_state=seed, cache_size=500).fit(points, codes).support_
    return support


def kmeans_smote(problem: Problem) -> Plan:
    """Make rows within clusters that the class rules, more where they are sparse (Last, Douzas and Bacao 2017)."""
    return grown(problem, _within_clusters)


def _within_clusters(growth: Growth) -> Choice:
    problem = growth.problem
    codes = problem.table.target.codes[problem.records]
    total = sum(missing for _, _, missing in problem.to_grow())
    clusters = clusters_of(problem.space.all_points, problem.seed)
    own = np.flatnonzero(codes == growth.code)
    rich, sparsity = [], []
    for cluster in np.unique(clusters).tolist():
        inside = np.flatnonzero(clusters[own] == cluster)
        share = len(inside) / np.count_nonzero(clusters == cluster)
        if share >= growth.missing / total / 2 and len(inside) > growth.k:
            rich.append(inside)
            sparsity.append(cluster_sparsity(problem.space.points(growth.members[inside])))
    weights = np.array(sparsity)
    if not rich or not weights.sum():
        return growth.from_seeds(
            np.arange(len(growth.members))
        ), "no cluster is rich enough in it, so any row is a seed"
    sizes = apportioned(weights / weights.sum() * growth.missing, growth.missing)
    parts = []
    for inside, size in zip(rich, sizes.tolist(), strict=True):
        cluster = Growth(problem, growth.random, growth.code, growth.members[inside], size, growth.k)
        parts.append(cluster.from_seeds(np.arange(len(inside))))
    return joined(parts), ""


def clusters_of(points: Float64, seed: int) -> Codes:
    """Return the cluster of each point, as imbalanced-learn's KMeansSMOTE finds them by default."""
    from sklearn.cluster import MiniBatchKMeans

    clusters = min(8, points.shape[0])
    with one_thread():
        found: Codes = MiniBatchKMeans(clusters, random_state=seed).fit_predict(points)
    return found


def cluster_sparsity(points: Float64) -> float:
    """Return the mean distance between points to the power of their density exponent, over their number."""
    from sklearn.metrics import pairwise_distances

    size = points.shape[0]
    with one_thread():
        mean = pairwise_distances(points).sum() / (size**2 - size)
    exponent = (np.log(size) / np.log(1.6)) ** 1.8 * 0.16
    return float(mean**exponent / size)


def adasyn(problem: Problem) -> Plan:
    """Make more rows of those that have more foreign neighbours (He et al. 2008)."""
    return grown(problem, _by_difficulty)


def _by_difficulty(growth: Growth) -> Choice:
    share = growth.foreign_share(growth.problem.options.neighbors)
    if not share.sum():
        return growth.from_seeds(np.arange(len(growth.members))), "no row has a foreign neighbour, so any row is a seed"
    sizes = apportioned(share / share.sum() * growth.missing, growth.missing)
    row = np.repeat(np.arange(len(share)), sizes)
    mate = growth.nearest()[row, growth.random.integers(growth.k, size=len(row))]
    return growth.between(growth.members[row], growth.members[mate], growth.random.random(len(row))), ""


def apportioned(shares: Float64, total: int) -> Int64:
    """Return whole numbers that add up to `total`: each share rounded, those nearest a half rounded the other way."""
    sizes = np.rint(shares).astype(np.int64)
    surplus = int(sizes.sum()) - total
    step = -np.sign(surplus)
    for _ in range(abs(surplus)):
        slack = np.where((sizes > 0) | (step > 0), step * (shares - sizes), -np.inf)
        sizes[int(slack.argmax())] += step
    return sizes


def rose(problem: Problem) -> Plan:
    """Smooth the bootstrap: random rows, moved by a Gaussian kernel (Menardi and Torelli 2014).

    The kernel's width is the one that is best for a normal sample of n rows in d dimensions,
    `(4 / ((d + 2) n)) ** (1 / (d + 4))` standard deviations of the class (p. 98). A target that is a quantity is one
    of the dimensions.
    """
    random = problem.random()
    dimensions = problem.space.measured + (problem.table.target.quantity is not None)
    made, drawn = [problem.before.made], _drawn(problem.before.made)
    for code, members, missing in problem.to_grow():
        seed = random.choice(members, missing)
        width = (4 / ((dimensions + 2) * len(members))) ** (1 / (dimensions + 4))
        noise = Noise(np.full(missing, width), np.arange(drawn, drawn + missing), problem.seed)
        made.append(Made(seed, seed, np.zeros(missing), np.full(missing, code, np.int32), noise, members))
        drawn += missing
    return Plan(problem.before.keep, joined(made))
