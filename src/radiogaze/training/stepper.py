"""A network with its optimiser: one training step, one validation pass, and their state.

:class:`Stepper` is the seam between what a training is (:mod:`radiogaze.training.run`) and how a
device computes it; :mod:`radiogaze.training.graph` computes the same step from a CUDA graph.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim.swa_utils import update_bn

from radiogaze.augmentation import transform as augment
from radiogaze.campaigns import recipes
from radiogaze.models.inference import Summary, prepare
from radiogaze.models.load import start_from
from radiogaze.models.posterior import attach_posterior, draw_network, posterior_of
from radiogaze.training.bayes import divergence, install_posterior
from radiogaze.training.fixmatch import consistency_loss
from radiogaze.training.ivon import IVON
from radiogaze.training.job import Job
from radiogaze.training.optimiser import WeightAverage, learning_rates, make_optimiser
from radiogaze.training.randomness import DropoutNoise, initialise, install_dropout

# What the cross entropy is given. It applies a log-softmax itself, so that probabilities, the
# published choice, pass through two.
LOSS_INPUTS: dict[str, Callable[[Tensor], Tensor]] = {
    "probabilities": lambda logits: torch.softmax(logits, dim=1),
    "logits": lambda logits: logits,
}

# Takes the cutouts of a pass in chunks (uint8 [n, 150, 150]) and all N labels; gives the sum of the
# losses, the correct predictions and those of FRII, float64 [3] on the device.
Validate = Callable[[Iterable[Tensor], Tensor], Tensor]

_OWN_SAMPLES = 1_000_000  # the first number of the samples of weights that no evaluation takes


@contextmanager
def _tf32(allowed: bool) -> Iterator[None]:
    """Let CUDA round the factors of products to TF32, or not."""
    matmul, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn
    before = matmul.allow_tf32, cudnn.allow_tf32
    try:
        matmul.allow_tf32 = cudnn.allow_tf32 = allowed
        yield
    finally:
        matmul.allow_tf32, cudnn.allow_tf32 = before


class Stepper:
    """Computes the steps of one seed, eagerly.

    Parameters
    ----------
    job
        Variant, recipe, device and precision.
    steps
        Of the whole training, for the schedule.
    seed, redraw
        Which initialisation; the seed also decides the dropout.
    sources
        Training sources; only a posterior needs their number.
    """

    mode = "eager"
    _drop_gradients = True  # whether each step's gradients may lie in another place of memory

    def __init__(self, job: Job, steps: int, seed: int, redraw: int, sources: int = 1) -> None:
        model, recipe, device = initialise(job.variant, seed, redraw), job.recipe, job.device
        if (start := job.start_of(seed)) is not None:
            start_from(model, job.variant, start)
        # On the device, so that a captured step reads it again at each replay.
        self._step = torch.zeros((), dtype=torch.int64, device=device)
        self._noise = DropoutNoise(seed, self._step)
        install_dropout(model, recipe.dropout, self._noise)
        self._seed, self._posterior, self._sources = seed, recipe.posterior, sources
        if recipe.posterior and recipe.optimiser != recipes.IVON:
            install_posterior(model, recipe.posterior, self._noise)
        # Twice the speed of the contiguous layout on a CPU.
        self.model = model.to(device).to(memory_format=torch.channels_last)
        self._device = device
        self._precision = job.effective_precision
        self._batch = recipe.batch
        self._loss_input = LOSS_INPUTS[recipe.loss_input]
        self._optimiser = make_optimiser(self.model, recipe, device, sources)
        self._publish()
        self._clip = recipe.gradient_clip
        self._fixmatch = recipe.fixmatch
        self._rates = learning_rates(recipe, steps)
        decay = recipe.weight_average
        self._average = None if decay is None else WeightAverage(self.model, decay)

    def stream(self) -> AbstractContextManager[object]:
        """Return the context in which everything of this seed is computed: here, none."""
        return nullcontext()

    def train_step(self, pixels: Tensor, labels: Tensor, step: int) -> Tensor:
        """Update the weights once.

        Parameters
        ----------
        pixels
            Augmented cutouts, uint8 [N, 150, 150]; with FixMatch, unlabelled ones after them.
        labels
            0 (FRI) or 1 (FRII), int64 [N], or the weights of both classes, float32 [N, 2].
        step
            The number of updates before this one.

        Returns
        -------
        Tensor
            The mean loss of the batch before the update, on the device.
        """
        self.model.train()
        self._begin(step)
        loss = self._update(pixels, labels)
        self._follow()
        return loss

    def _begin(self, step: int) -> None:
        """Put the number and the learning rate of a step where the update reads them."""
        self._step.fill_(step)
        if self._rates is None:
            return
        for group in self._optimiser.param_groups:
            if isinstance(group["lr"], Tensor):
                group["lr"].fill_(self._rates[step])
            else:
                group["lr"] = self._rates[step]

    def _update(self, pixels: Tensor, labels: Tensor) -> Tensor:
        """Do what a step does on the device: forward, backward, optimiser."""
        self._noise.begin(len(pixels))
        if isinstance(self._optimiser, IVON):
            self._optimiser.perturb(self._noise.take)
        with _tf32(self._precision == "tf32"):
            loss = self._loss(pixels, labels)
            if self._posterior and not isinstance(self._optimiser, IVON):
                weight = self._posterior.temperature / self._sources
                loss = loss + weight * divergence(self.model, self._posterior)
            self._optimiser.zero_grad(set_to_none=self._drop_gradients)
            loss.backward()
        if self._clip is not None:
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), self._clip, foreach=True)
        self._optimiser.step()
        return loss.detach()

    def _loss(self, pixels: Tensor, labels: Tensor) -> Tensor:
        """Return the loss of a batch; what follows its labelled images is for FixMatch."""
        labelled, unlabelled = len(labels), (len(pixels) - len(labels)) // 2
        logits = self._forward(pixels[: labelled + unlabelled])
        loss = F.cross_entropy(self._loss_input(logits[:labelled]), labels)
        if self._fixmatch is None:
            return loss
        with torch.no_grad():
            weak = self._forward(pixels[labelled + unlabelled :])
        strong = self._loss_input(logits[labelled:])
        extra = consistency_loss(weak, strong, self._fixmatch["threshold"])
        return loss + self._fixmatch["weight"] * extra

    def _forward(self, pixels: Tensor) -> Tensor:
        """Return the logits of augmented cutouts, in the precision of training steps."""
        with torch.autocast(
            "cuda", torch.bfloat16, enabled=self._precision == "bf16", cache_enabled=False
        ):
            return self.model(augment.to_network_input(pixels)).float()

    def _follow(self) -> None:
        """Move the average of the weights on by a step."""
        if self._average is not None:
            self._average.update()

    def gradient_vanishes(self) -> bool:
        """Whether no weight of the last step's gradient reaches Adam's epsilon of 1e-8.

        Below it the weights do not move: a saturated double softmax gives gradients of exactly
        zero, or of 1e-20 where one image of the batch is not quite saturated.
        """
        epsilon = self._optimiser.defaults["eps"]
        gradients = [p.grad for p in self.model.parameters() if p.grad is not None]
        return all(bool((gradient.abs() < epsilon).all()) for gradient in gradients)

    @property
    def result(self) -> nn.Module:
        """The network that is validated and kept: the average where there is one."""
        return self.model if self._average is None else self._average.module

    def validator(self, calibration: Iterable[Tensor] = ()) -> Validate:
        """Return a function that validates the network as it is, until the next training step.

        Parameters
        ----------
        calibration
            Augmented training cutouts in batches, uint8 [n, 150, 150], over which the
            statistics of batch norm are estimated as plain means; none for the running ones.
            With a posterior each batch has a sample of the weights, and so has the validation.
        """
        self._publish()
        if self._average is not None:
            self._average.copy_buffers()
        network = self.result
        batches = [augment.to_network_input(pixels) for pixels in calibration]
        if batches:
            update_bn(self._sampled(network, batches), network)
        if posterior_of(network):
            network = draw_network(network, self._seed, _OWN_SAMPLES)
        fast = prepare(network, self._device)

        @torch.inference_mode()
        def validate(chunks: Iterable[Tensor], labels: Tensor) -> Tensor:
            parts = [fast.summarise(augment.to_network_input(pixels)) for pixels in chunks]
            summary = Summary.concatenate(parts)
            positions = torch.arange(len(labels), device=labels.device).split(self._batch)
            logits = fast.classify(summary, list(positions))
            losses = F.cross_entropy(self._loss_input(logits), labels, reduction="none")
            predicted = logits.argmax(1)
            found = (losses.double().sum(), (predicted == labels).sum(), predicted.sum())
            return torch.stack([value.double() for value in found])

        return validate

    def _publish(self) -> None:
        """Write the spread of an IVON posterior beside the weights, where others find it."""
        if isinstance(self._optimiser, IVON):
            spread = {n: self._optimiser.sd(p).log() for n, p in self.model.named_parameters()}
            attach_posterior(self.model, spread)

    def _sampled(self, network: nn.Module, batches: Sequence[Tensor]) -> Iterator[Tensor]:
        """Yield batches, the network having a sample of its weights for each of them."""
        names = posterior_of(network)
        weights = {n: p.data for n, p in network.named_parameters() if n in names}
        means = {name: value.clone() for name, value in weights.items()}
        for number, batch in enumerate(batches):
            drawn = draw_network(network, self._seed, _OWN_SAMPLES + number) if names else network
            sample = dict(drawn.named_parameters())
            for name, value in weights.items():
                value.copy_(sample[name].data)
            yield batch
            for name, value in weights.items():
                value.copy_(means[name])

    def weights(self) -> dict[str, Tensor]:
        """Return a copy of the resulting network's state on the CPU, in torch's plain layout."""
        return _copied(self.result)

    def tensors(self) -> dict[str, Tensor]:
        """Return every tensor that the next step depends on, on the CPU."""
        found = {f"model.{name}": value for name, value in _copied(self.model).items()}
        if self._average is not None:
            average = _copied(self._average)
            found |= {f"average.{name}": value for name, value in average.items()}
        for name, parameter in self.model.named_parameters():
            for key, value in self._optimiser.state[parameter].items():
                found[f"adam.{key}.{name}"] = value.to("cpu", copy=True).contiguous()
        return found

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Take up the state that `tensors` gave."""
        self.model.load_state_dict(_below("model.", tensors))
        if self._average is not None:
            self._average.load_state_dict(_below("average.", tensors))
        for place, saved in _below("adam.", tensors).items():
            key, name = place.split(".", maxsplit=1)
            parameter = self.model.get_parameter(name)
            own = torch.zeros((), device=parameter.device)
            own = own if key == "step" else torch.empty_like(parameter)
            self._optimiser.state[parameter][key] = own.copy_(saved).detach()


def _copied(network: nn.Module | WeightAverage) -> dict[str, Tensor]:
    """Return a copy of a network's state on the CPU, in torch's plain layout."""
    return {
        name: value.detach().to("cpu", copy=True).contiguous()
        for name, value in network.state_dict().items()
    }


def _below(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}
