"""Techniques that add rows to the smaller classes: each is a way to choose bases and neighbors."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from rebalance.arrays import Codes, Float64, Int64
from rebalance.plan.plan import Noise, Plan, SyntheticRows, concatenate_recipes
from rebalance.system.threads import single_threaded
from rebalance.table.table import sample
from rebalance.techniques.context import TechniqueContext
from rebalance.techniques.settings import KIND, NEIGHBORS, PERTURBATION
from rebalance.text import count_of

_DANGER_NEIGHBORS = 10
"""How many neighbors of any class show whether a row is in danger: imbalanced-learn's `m_neighbors`."""

_DANGER_SHARE = 0.5
"""A row is in danger if at least this share, but not all, of its neighbors are of other classes (Han et al. 2005)."""

_OUT_STEP = 0.5
"""How far SVM-SMOTE extrapolates away from a neighbor: imbalanced-learn's `out_step`."""

_MAX_CLUSTERS = 8
"""scikit-learn's default number of k-means clusters, which imbalanced-learn's KMeansSMOTE uses."""

_MAX_MEDIAN_ROWS = 4096
"""SMOGN's median distance to the other rows is computed from at most so many of them: it takes quadratic time."""

_ROWS_AT_ONCE, _PAIRS_AT_ONCE = 512, 16_384
"""Rows and pairs whose distances are computed at once, to bound the memory."""


def random_over(context: TechniqueContext) -> Plan:
    """Repeat random rows of each class that is to grow, in input order, so that the file is read front to back."""
    random = context.random()
    repeats, notes = [], []
    for code, members, missing in context.classes_to_grow():
        if len(members) <= _FEW_ROWS:
            name = f"{context.table.target.label_noun} {context.labels[code]!r}"
            notes.append(f"{name} has {count_of(len(members), 'row')}; {missing:,} of the rows written are copies")
        chosen = random.choice(members, missing)
        chosen.sort()
        repeats.append(chosen)
    return Plan(np.concatenate([context.before.keep, *repeats]), context.before.synthetic, notes=tuple(notes))


_FEW_ROWS = 2
"""A class of no more rows may be a mistake, such as a line of totals."""


@dataclass(frozen=True)
class ClassOversampling:
    """One class that is to grow."""

    context: TechniqueContext

    random: np.random.Generator

    code: int
    """The code of the class."""

    members: Int64
    """Its records."""

    missing: int
    """How many rows are to be added."""

    k: int
    """How many neighbors each member has."""

    drawn: int = 0
    """How many draws of noise earlier synthetic rows have used."""

    @property
    def label(self) -> str:
        """The name of the class."""
        return self.context.labels[self.code]

    def nearest(self, queries: Int64 | None = None) -> Int64:
        """Return the k members nearest to each member, or to those at `queries`, as positions among the members."""
        return self.context.nearest_others(self.context.feature_space.points(self.members), self.k, queries)

    def other_class_share(self, k: int) -> Float64:
        """Return the share of other classes among the k records, of any class, that are nearest to each member."""
        context = self.context
        codes = context.table.target.codes[context.records]
        k = min(k, len(codes) - 1)
        members = np.flatnonzero(codes == self.code)
        nearest = context.nearest_others(context.feature_space.all_points, k, members)
        share: Float64 = (codes[nearest] != self.code).mean(axis=1)
        return share

    def recipes_between(self, base: Int64, neighbor: Int64, gap: Float64) -> SyntheticRows:
        """Return recipes for rows between records."""
        sources = np.union1d(self.members, neighbor)
        label = np.full(len(base), self.code, np.int32)
        target_gap = None
        if self.context.table.target.is_interpolated:
            target_gap = weighted_target_gap(gap, *self.context.feature_space.pair_distances(base, neighbor))
        return SyntheticRows(base, neighbor, gap, label, sources=sources, target_gap=target_gap)

    def recipes_from(self, bases: Int64, count: int | None = None) -> SyntheticRows:
        """Return recipes for rows between random members among those at `bases` and one of their nearest members."""
        size = self.missing if count is None else count
        nearest = self.nearest(bases)
        row = self.random.integers(len(bases), size=size)
        neighbor = nearest[row, self.random.integers(self.k, size=size)]
        return self.recipes_between(self.members[bases[row]], self.members[neighbor], self.random.random(size))

    def recipes_from_all(self) -> SyntheticRows:
        """Return recipes for rows between random members and one of their nearest members."""
        return self.recipes_from(np.arange(len(self.members)))


def weighted_target_gap(gap: Float64, squared_distance: Float64, mismatches: Float64) -> Float64:
    """Return how far the target of each synthetic row lies on the way from the base's to the neighbor's.

    The targets of the two source rows are weighted by the inverse of their distance to the synthetic row (Torgo et al.
    2013, SmoteR, section 3.2). `squared_distance`: of the source rows in numbers and dates, of which the row lies `gap`
    along; `mismatches`: in how many categories they differ, where the row equals the nearer one. Half way if the source
    rows are at the same place.
    """
    is_base_nearer = gap <= 0.5  # noqa: PLR2004  half way
    to_base = np.sqrt(gap**2 * squared_distance + np.where(is_base_nearer, 0, mismatches))
    to_neighbor = np.sqrt((1 - gap) ** 2 * squared_distance + np.where(is_base_nearer, mismatches, 0))
    total = to_base + to_neighbor
    target_gap: Float64 = np.divide(to_base, total, out=np.full(len(gap), 0.5), where=total > 0)
    return target_gap


Recipes = tuple[SyntheticRows, str]
"""The recipes for a class, and a note if the technique fell back to plain SMOTE."""


def oversample_each_class(context: TechniqueContext, choose: Callable[[ClassOversampling], Recipes]) -> Plan:
    """Add the rows that `choose` returns for each class that is to grow.

    A class of n rows has at most n - 1 neighbors; a class of one row is repeated. Both are noted.
    """
    random = context.random()
    synthetic, repeats, notes = [context.before.synthetic], [], []
    neighbors: dict[str, int] = {}
    wanted_k, noun = context.params[NEIGHBORS], context.table.target.label_noun
    drawn = _draws_used(context.before.synthetic)
    for code, members, missing in context.classes_to_grow():
        label, k = context.labels[code], min(wanted_k, len(members) - 1)
        if k == 0:
            note = f"{noun} {label!r} has 1 row, which is repeated: interpolation needs a second row"
            notes.append(context.note_adaptation(note, "leave --strict out, or use --technique random-over"))
            repeats.append(np.repeat(members, missing))
            continue
        if k < wanted_k:
            note = (
                f"{noun} {label!r} has {len(members)} rows: interpolating towards {count_of(k, 'nearest neighbor')},"
                f" because {wanted_k} would need {wanted_k + 1} rows"
            )
            remedy = f"use -k {k}, or leave --strict out"
            notes.append(context.note_adaptation(note, remedy))
        neighbors[label] = k
        recipes, note = choose(ClassOversampling(context, random, code, members, missing, k, drawn))
        drawn += missing
        synthetic.append(recipes)
        if note:
            note = f"{noun} {label!r}: {note}"
            notes.append(context.note_adaptation(note, "--technique smote, or leave --strict out"))
    keep = np.concatenate([context.before.keep, *repeats])
    return Plan(keep, concatenate_recipes(synthetic), neighbors=neighbors, notes=tuple(notes))


def _draws_used(synthetic: SyntheticRows) -> int:
    """Return how many draws of noise have been used."""
    return 0 if synthetic.noise is None else int(synthetic.noise.draw.max(initial=-1)) + 1


def smote(context: TechniqueContext) -> Plan:
    """Add rows between random rows and one of their k nearest rows of the same class (Chawla et al. 2002)."""
    return oversample_each_class(context, lambda oversampling: (oversampling.recipes_from_all(), ""))


def borderline_smote(context: TechniqueContext) -> Plan:
    """Apply SMOTE to rows in danger: at least half, not all, of their neighbors are of other classes (Han et al. 2005).

    Kind 2 interpolates towards neighbors of any class, less than half way to one of another class.
    """
    return oversample_each_class(context, _recipes_from_danger)


def _recipes_from_danger(oversampling: ClassOversampling) -> Recipes:
    share = oversampling.other_class_share(_DANGER_NEIGHBORS)
    danger = np.flatnonzero((share >= _DANGER_SHARE) & (share < 1))
    if not len(danger):
        return oversampling.recipes_from_all(), "no row is in danger, so smote is applied to all of them"
    context = oversampling.context
    if context.params[KIND] == 1:
        return oversampling.recipes_from(danger), ""
    codes = context.table.target.codes[context.records]
    k = min(context.params[NEIGHBORS], len(codes) - 1)
    in_danger = np.flatnonzero(codes == oversampling.code)[danger]
    nearest = context.nearest_others(context.feature_space.all_points, k, in_danger)
    row = oversampling.random.integers(len(danger), size=oversampling.missing)
    neighbor = nearest[row, oversampling.random.integers(k, size=oversampling.missing)]
    reach = np.where(codes[neighbor] == oversampling.code, 1.0, 0.5)
    gap = oversampling.random.random(oversampling.missing) * reach
    return oversampling.recipes_between(context.records[in_danger[row]], context.records[neighbor], gap), ""


def svm_smote(context: TechniqueContext) -> Plan:
    """Apply SMOTE to support vectors: towards neighbors if in danger, away from them if safe (Nguyen et al. 2011)."""
    return oversample_each_class(context, _recipes_from_support_vectors)


def _recipes_from_support_vectors(oversampling: ClassOversampling) -> Recipes:
    context, missing = oversampling.context, oversampling.missing
    codes = context.table.target.codes[context.records]
    members = np.flatnonzero(codes == oversampling.code)
    vectors = support_vectors(context.feature_space.all_points, codes, context.seed)
    support = np.flatnonzero(np.isin(members, vectors))
    share = oversampling.other_class_share(_DANGER_NEIGHBORS)[support]
    danger, safe = support[(share >= _DANGER_SHARE) & (share < 1)], support[share < _DANGER_SHARE]
    if not len(danger) and not len(safe):
        note = "all support vectors are noise, so smote is applied to all rows"
        return oversampling.recipes_from_all(), note
    inward = int(oversampling.random.beta(10, 10) * (missing + 1))
    inward = missing if not len(safe) else 0 if not len(danger) else min(inward, missing)
    parts = []
    if inward:
        parts.append(oversampling.recipes_from(danger, inward))
    if missing - inward:
        outward = oversampling.recipes_from(safe, missing - inward)
        parts.append(oversampling.recipes_between(outward.base, outward.neighbor, -_OUT_STEP * outward.gap))
    return concatenate_recipes(parts), ""


def support_vectors(points: Float64, codes: Codes, seed: int) -> Int64:
    """Return the positions of the support vectors of an SVM with an RBF kernel that separates the classes."""
    from sklearn.svm import SVC

    support: Int64 = SVC(gamma="scale", random_state=seed, cache_size=500).fit(points, codes).support_
    return support


def kmeans_smote(context: TechniqueContext) -> Plan:
    """Apply SMOTE within clusters where the class dominates, more in sparse ones (Last, Douzas and Bacao 2017)."""
    return oversample_each_class(context, _recipes_within_clusters)


def _recipes_within_clusters(oversampling: ClassOversampling) -> Recipes:
    context, k = oversampling.context, oversampling.k
    codes = context.table.target.codes[context.records]
    total = sum(missing for _, _, missing in context.classes_to_grow())
    clusters = find_clusters(context.feature_space.all_points, context.seed)
    members = np.flatnonzero(codes == oversampling.code)
    dominated, sparsity = [], []
    for cluster in np.unique(clusters).tolist():
        inside = np.flatnonzero(clusters[members] == cluster)
        share = len(inside) / np.count_nonzero(clusters == cluster)
        if share >= oversampling.missing / total / 2 and len(inside) > k:
            dominated.append(inside)
            sparsity.append(cluster_sparsity(context.feature_space.points(oversampling.members[inside])))
    weights = np.array(sparsity)
    if not dominated or not weights.sum():
        return oversampling.recipes_from_all(), "it dominates no cluster, so smote is applied to all rows"
    sizes = round_to_total(weights / weights.sum() * oversampling.missing, oversampling.missing)
    parts = [
        replace(oversampling, members=oversampling.members[inside], missing=size, drawn=0).recipes_from_all()
        for inside, size in zip(dominated, sizes.tolist(), strict=True)
    ]
    return concatenate_recipes(parts), ""


def find_clusters(points: Float64, seed: int) -> Codes:
    """Return the cluster of each point, as imbalanced-learn's KMeansSMOTE finds them by default."""
    from sklearn.cluster import MiniBatchKMeans

    with single_threaded():
        kmeans = MiniBatchKMeans(min(_MAX_CLUSTERS, points.shape[0]), random_state=seed)
        clusters: Codes = kmeans.fit_predict(points)
    return clusters


def cluster_sparsity(points: Float64) -> float:
    """Return the mean distance between points to the power of their density exponent, over their number."""
    from sklearn.metrics import pairwise_distances

    size = points.shape[0]
    with single_threaded():
        mean = pairwise_distances(points).sum() / (size**2 - size)
    exponent = (np.log(size) / np.log(1.6)) ** 1.8 * 0.16
    return float(mean**exponent / size)


def adasyn(context: TechniqueContext) -> Plan:
    """Add more rows to those that have more neighbors of other classes (He et al. 2008)."""
    return oversample_each_class(context, _recipes_by_difficulty)


def _recipes_by_difficulty(oversampling: ClassOversampling) -> Recipes:
    share = oversampling.other_class_share(oversampling.context.params[NEIGHBORS])
    if not share.sum():
        note = "no row has a neighbor of another class, so smote is applied to all of them"
        return oversampling.recipes_from_all(), note
    sizes = round_to_total(share / share.sum() * oversampling.missing, oversampling.missing)
    row = np.repeat(np.arange(len(share)), sizes)
    neighbor = oversampling.nearest()[row, oversampling.random.integers(oversampling.k, size=len(row))]
    base, gap = oversampling.members[row], oversampling.random.random(len(row))
    return oversampling.recipes_between(base, oversampling.members[neighbor], gap), ""


def round_to_total(shares: Float64, total: int) -> Int64:
    """Return whole numbers that sum to `total`: each share rounded, those nearest to a half rounded the other way."""
    sizes = np.rint(shares).astype(np.int64)
    surplus = int(sizes.sum()) - total
    step = -np.sign(surplus)
    for _ in range(abs(surplus)):
        slack = np.where((sizes > 0) | (step > 0), step * (shares - sizes), -np.inf)
        sizes[int(slack.argmax())] += step
    return sizes


def rose(context: TechniqueContext) -> Plan:
    """Add random rows with noise of a Gaussian kernel, a smoothed bootstrap (Menardi and Torelli 2014).

    The kernel's width is optimal for a normal sample of n rows in d dimensions: `(4 / ((d + 2) n)) ** (1 / (d + 4))`
    standard deviations of the class (p. 98). A numeric target is one of the dimensions.
    """
    random = context.random()
    dimensions = context.feature_space.measured + context.table.target.is_interpolated
    synthetic, drawn = [context.before.synthetic], _draws_used(context.before.synthetic)
    notes = []
    for code, members, missing in context.classes_to_grow():
        if len(members) == 1:
            noun = context.table.target.label_noun
            note = f"{noun} {context.labels[code]!r} has 1 row, which is repeated: noise needs a second row"
            notes.append(context.note_adaptation(note, "leave --strict out, or use --technique random-over"))
        base = random.choice(members, missing)
        width = (4 / ((dimensions + 2) * len(members))) ** (1 / (dimensions + 4))
        noise = Noise(np.full(missing, width), np.arange(drawn, drawn + missing), context.seed)
        label = np.full(missing, code, np.int32)
        synthetic.append(SyntheticRows(base, base, np.zeros(missing), label, noise, members))
        drawn += missing
    return Plan(context.before.keep, concatenate_recipes(synthetic), notes=tuple(notes))


def smogn(context: TechniqueContext) -> Plan:
    """Add rows to each range that is to grow (Branco, Torgo and Ribeiro 2017, algorithms 1 and 2).

    A row lies between its base and one of the base's k nearest rows in the range if their distance is less than half
    the median distance of the base to all other rows of the range; else it is the base with Gaussian noise of at most
    `perturbation` standard deviations of the range, less where half that distance is less.
    """
    return oversample_each_class(context, _recipes_near_or_noisy)


def _recipes_near_or_noisy(oversampling: ClassOversampling) -> Recipes:
    random, size, context = oversampling.random, oversampling.missing, oversampling.context
    points = context.feature_space.points(oversampling.members)
    base = random.integers(len(oversampling.members), size=size)
    used, position = np.unique(base, return_inverse=True)
    neighbor = oversampling.nearest(used)[position, random.integers(oversampling.k, size=size)]
    gap = random.random(size)
    limit = safe_distances(points, used)[position]
    is_far = distances(points, base, neighbor) >= limit
    neighbor, gap = np.where(is_far, base, neighbor), np.where(is_far, 0, gap)
    sd = np.where(is_far, np.minimum(limit, context.params[PERTURBATION]), 0)
    noise = Noise(sd, np.arange(oversampling.drawn, oversampling.drawn + size), context.seed)
    members = oversampling.members
    return replace(oversampling.recipes_between(members[base], members[neighbor], gap), noise=noise), ""


def safe_distances(points: Float64, queries: Int64) -> Float64:
    """Return half the median distance of each point at `queries` to the others: how near a neighbor must be."""
    from sklearn.metrics import pairwise_distances

    others = sample(np.arange(points.shape[0]), _MAX_MEDIAN_ROWS)
    limits = np.empty(len(queries))
    with single_threaded():
        for start in range(0, len(queries), _ROWS_AT_ONCE):
            rows = queries[start : start + _ROWS_AT_ONCE]
            between = pairwise_distances(points[rows], points[others])
            between[rows[:, None] == others] = np.nan  # the point itself
            limits[start : start + len(rows)] = np.nanmedian(between, axis=1) / 2
    return limits


def distances(points: Float64, first: Int64, second: Int64) -> Float64:
    """Return the distance of each pair of points."""
    from sklearn.metrics.pairwise import paired_distances

    parts = [
        paired_distances(points[first[start : start + _PAIRS_AT_ONCE]], points[second[start : start + _PAIRS_AT_ONCE]])
        for start in range(0, len(first), _PAIRS_AT_ONCE)
    ]
    return np.concatenate([np.empty(0), *parts])
