"""Attention gates (gating paper, Section 2.2, Figure 1, Tables 2 and 3)."""

from collections.abc import Callable
from copy import deepcopy

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from radiogaze.errors import RadiogazeError
from radiogaze.files.broken_bytes import one_line
from radiogaze.models.fused import fused_scores

GATE_WIDTH = 64  # channels of theta, phi and their sum (Table 2)
PSI_BIAS = 10.0  # as published, for every normalisation


def _softmax(c: Tensor) -> Tensor:
    """Softmax over all positions of each map; every map sums to 1 (Table 3 i)."""
    return torch.softmax(c.flatten(1), dim=1).view_as(c)


def _standardise_as_written(c: Tensor) -> Tensor:
    """(c - mu) / sigma with the paper's constants mu = 0.5 and sigma = 0.25 (Table 3 iv)."""
    return (c - 0.5) / 0.25


def _uniform(c: Tensor) -> Tensor:
    """One at every position: no attention. A control (docs/differences.md), not in the paper."""
    return torch.ones_like(c)


def _range(c: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """Scale to [0, 1] by minimum and maximum, without an epsilon, as in the published code."""
    return (c - low) / (high - low)


def _standardise(c: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """Standardise as published: by the minimum and the *unshifted* maximum, then constants.

    Not what Table 3 (iv) says, and singular where the maximum is 0; see docs/differences.md.
    """
    return ((c - low) / high - 0.5) / 0.25


# A normalisation of each map on its own: c [N, 1, H, W] -> a of the same shape.
MAP_NORMALISATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "softmax": _softmax,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "standardisation-as-written": _standardise_as_written,
    "uniform": _uniform,
}

# A normalisation by minimum and maximum of a group of maps; linear in c, which fast inference uses.
MIN_MAX_NORMALISATIONS: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "range": _range,
    "standardisation": _standardise,
}


def _is_linear(normalise: Callable[[Tensor, Tensor, Tensor], Tensor]) -> bool:
    """Whether a normalisation is linear between minimum and maximum, and by nothing else."""
    for ends in ((1, 3), (-40, 50)):
        c = torch.linspace(*ends, 11, dtype=torch.float64, device="cpu").view(-1, 1, 1, 1)
        low, high = c.amin(keepdim=True), c.amax(keepdim=True)
        line = torch.lerp(*(normalise(x, low, high) for x in (low, high)), (c - low) / (high - low))
        of_a_map = normalise(c.view(1, 1, 1, -1).clone(), low, high)
        if not torch.allclose(of_a_map.view_as(line), line):
            return False
    return True


def _is_of_each_map(normalise: Callable[[Tensor], Tensor]) -> bool:
    """Whether a normalisation gives a map the same values beside another one as alone."""
    # not symmetric about 0, for a maximum of absolute values would be that of either
    maps = torch.linspace(-3, 5, 512, device="cpu").view(2, 1, 16, 16)
    with torch.no_grad():
        together, *alone = (normalise(c.clone()) for c in (maps, maps[:1], maps[1:]))
    apart = torch.cat(alone)
    if together.shape != apart.shape:
        return False
    return torch.allclose(together.double(), apart.double(), rtol=1e-3, equal_nan=True)


def _check_function(name: str) -> None:
    """Check a normalisation on a few scores, as fast inference relies on what it is."""
    try:
        linear = name in MAP_NORMALISATIONS or _is_linear(MIN_MAX_NORMALISATIONS[name])
        apart = name in MIN_MAX_NORMALISATIONS or _is_of_each_map(MAP_NORMALISATIONS[name])
    except (TypeError, AttributeError, LookupError, ValueError, RuntimeError) as error:
        raise RadiogazeError(
            f"normalisation {name}: expected a function that gives a tensor of the shape of the"
            f" scores, found {one_line(error)}; correct it"
        ) from None
    if not linear:
        raise RadiogazeError(
            f"normalisation {name}: is not linear in the scores, which fast inference takes it to"
            " be; expected an entry of MAP_NORMALISATIONS, or another formula"
        )
    if not apart:
        raise RadiogazeError(
            f"normalisation {name}: gives a map other values beside another map than alone;"
            " expected a function of each map, e.g. by amax((1, 2, 3), keepdim=True)"
        )


def check_scores(c: Tensor) -> Tensor:
    """Return compatibility scores as they are.

    Raises
    ------
    RadiogazeError
        If they are not [N, 1, H, W], as those of a gate of one's own: what follows would broadcast.
    """
    if c.shape[1:-2] != (1,):
        raise RadiogazeError(
            f"compatibility scores: found shape {list(c.shape)}, expected [N, 1, H, W]; correct"
            " compatibility of the gate"
        )
    return c


class Normaliser(nn.Module):
    """sigma_2 of Equation 7: turns compatibility scores into an attention map.

    Parameters
    ----------
    name
        A key of ``MAP_NORMALISATIONS`` or ``MIN_MAX_NORMALISATIONS``.
    scope
        Whose minimum and maximum count for range and standardisation: ``"batch"`` for those of
        the whole batch (as published) or ``"image"`` for each image's own (as Table 3 reads). Other
        normalisations ignore it.
    """

    def __init__(self, name: str, scope: str | None = None) -> None:
        super().__init__()
        if name not in MAP_NORMALISATIONS and name not in MIN_MAX_NORMALISATIONS:
            known = ", ".join([*MAP_NORMALISATIONS, *MIN_MAX_NORMALISATIONS])
            raise RadiogazeError(f"normalisation {name!r}, expected one of {known}")
        if name in MIN_MAX_NORMALISATIONS and scope not in ("batch", "image"):
            raise RadiogazeError(f"scope {scope!r} of {name}, expected batch or image")
        _check_function(name)
        self.name = name
        self.scope = scope

    @property
    def uses_min_max(self) -> bool:
        """Whether the minimum and maximum of a group of maps enter."""
        return self.name in MIN_MAX_NORMALISATIONS

    def forward(self, c: Tensor) -> Tensor:
        """Normalise compatibility scores.

        Parameters
        ----------
        c
            Compatibility scores [N, 1, H, W].

        Returns
        -------
        Tensor
            Attention maps [N, 1, H, W].

        Raises
        ------
        RadiogazeError
            If the scores have another shape, or the normalisation gives one, which would be
            broadcast.
        """
        check_scores(c)
        if not self.uses_min_max:
            a = MAP_NORMALISATIONS[self.name](c)
            if a.shape != c.shape:
                raise RadiogazeError(
                    f"normalisation {self.name}: gives shape {list(a.shape)} for scores of"
                    f" {list(c.shape)}, expected the same; correct its function"
                )
            return a
        dims = (0, 1, 2, 3) if self.scope == "batch" else (1, 2, 3)
        low, high = c.amin(dims, keepdim=True), c.amax(dims, keepdim=True)
        return MIN_MAX_NORMALISATIONS[self.name](c, low, high)

    def extra_repr(self) -> str:
        """Show name and scope when the module is printed."""
        return f"{self.name}, scope={self.scope}"


def within_images(model: nn.Module) -> nn.Module:
    """Return a copy whose range and standardisation use each image's own minimum and maximum."""
    found = deepcopy(model)
    for module in found.modules():
        if isinstance(module, Normaliser):
            module.scope = "image"
    return found


class AttentionGate(nn.Module):
    """One attention gate (Equations 7 and 8, Table 2, with 1x1 convolutions as Figure 1 says).

    Parameters
    ----------
    channels
        Channels of the gated features x.
    gating_channels
        Channels of the gating signal g.
    normaliser
        sigma_2 of Equation 7.
    width
        Channels of theta, phi and their sum.
    """

    def __init__(
        self,
        channels: int,
        gating_channels: int,
        normaliser: Normaliser,
        width: int = GATE_WIDTH,
    ) -> None:
        super().__init__()
        self.theta = nn.Conv2d(channels, width, 1, bias=False)
        self.phi = nn.Conv2d(gating_channels, width, 1, bias=False)
        self.psi = nn.Conv2d(width, 1, 1)
        self.normaliser = normaliser

    def compatibility(self, x: Tensor, g: Tensor) -> Tensor:
        """Score how well each position of x fits the gating signal.

        phi works on g at its own size; up-sampling and a 1x1 convolution commute, and this
        order is both the published one and the cheaper one. On a CPU the 64-channel sum is never
        stored (:mod:`radiogaze.models.fused`): the same scores and gradients within float rounding,
        several times faster. An exported network keeps the paper's operations.

        Parameters
        ----------
        x
            Features [N, C, H, W].
        g
            Gating signal [N, G, h, w].

        Returns
        -------
        Tensor
            Scores c [N, 1, H, W].
        """
        # a layer that perturbs its weights in training must be called
        as_they_are = type(self.theta) is nn.Conv2d
        if not (x.is_cpu and as_they_are) or torch.compiler.is_compiling():
            return self.compatibility_plain(x, g)
        return self.compatibility_fused(x, g)

    def compatibility_fused(self, x: Tensor, g: Tensor) -> Tensor:
        """Score as :meth:`compatibility` does on a CPU; no layer of the gate is called."""
        low = g.permute(0, 2, 3, 1) @ self.phi.weight.flatten(1).T  # [N, h, w, 64]
        theta, psi = self.theta.weight.flatten(1), self.psi.weight.flatten()
        scores = fused_scores(x, low, theta, psi) + self.psi.bias
        return scores.view(len(x), 1, *x.shape[-2:])

    def compatibility_plain(self, x: Tensor, g: Tensor) -> Tensor:
        """Score as :meth:`compatibility` does, operation by operation as the paper has it."""
        p = F.interpolate(self.phi(g), size=x.shape[-2:], mode="bilinear", align_corners=False)
        return self.psi(F.relu(self.theta(x) + p, inplace=True))

    def summed(self, x: Tensor, g: Tensor) -> Tensor:
        """Return the gated features summed over all positions (Equation 9), [N, C]."""
        if not torch.is_grad_enabled():  # a * x is not kept, and hooks on the gate see it
            y, _ = self(x, g)
            return y.flatten(2).sum(-1)
        a = self.normaliser(self.compatibility(x, g))
        # One matrix product an image; backward needs no a * x.
        return (a.flatten(2) @ x.permute(0, 2, 3, 1).flatten(1, 2)).squeeze(1)

    def forward(self, x: Tensor, g: Tensor) -> tuple[Tensor, Tensor]:
        """Return the gated features a * x [N, C, H, W] and the attention maps a [N, 1, H, W]."""
        a = self.normaliser(self.compatibility(x, g))
        return a * x, a
