"""A network with its optimiser: one training step, one validation pass, and their state.

:class:`Stepper` is the seam between what a training is (:mod:`radiogaze.training.run`) and how a
device computes it; :mod:`radiogaze.training.graph` computes the same step from a CUDA graph.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch
import torch.nn.functional as F
from torch import Tensor

from radiogaze.augmentation import transform as augment
from radiogaze.campaigns.variants import Variant
from radiogaze.models.inference import Summary, prepare
from radiogaze.training.randomness import initialise, install_dropout

# What the cross entropy is given. It applies a log-softmax itself, so that probabilities, the
# published choice, pass through two.
LOSS_INPUTS: dict[str, Callable[[Tensor], Tensor]] = {
    "probabilities": lambda logits: torch.softmax(logits, dim=1),
    "logits": lambda logits: logits,
}


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
    variant
        A row of an experiment sheet.
    seed, redraw
        Which initialisation; the seed also decides the dropout.
    device
        A torch device.
    precision
        See :class:`radiogaze.training.job.Job`.
    """

    _new_gradients = True  # whether each step's gradients may lie in another place of memory

    def __init__(
        self, variant: Variant, seed: int, redraw: int, device: str, precision: str = "fp32"
    ) -> None:
        model = initialise(variant, seed, redraw)
        # On the device, so that a captured step reads it anew at each replay.
        self._step = torch.zeros((), dtype=torch.int64, device=device)
        self._dropouts = install_dropout(model, seed, self._step)
        # Twice the speed of the contiguous layout on a CPU, and no slower on a GPU.
        self.model = model.to(device).to(memory_format=torch.channels_last)
        self._device = device
        self._precision = precision
        self._batch = variant.batch
        self._loss_input = LOSS_INPUTS[variant.loss_input]
        self._optimiser = torch.optim.Adam(
            self.model.parameters(),
            lr=variant.learning_rate,
            fused=True,
            capturable=device.startswith("cuda"),
        )

    def lane(self) -> AbstractContextManager[object]:
        """Return the context in which everything of this seed is computed: here, none."""
        return nullcontext()

    def train_step(self, pixels: Tensor, labels: Tensor, step: int) -> Tensor:
        """Update the weights once.

        Parameters
        ----------
        pixels
            Augmented cutouts, uint8 [N, 150, 150].
        labels
            0 (FRI) or 1 (FRII), int64 [N].
        step
            The number of updates before this one.

        Returns
        -------
        Tensor
            The mean loss of the batch before the update, on the device.
        """
        self.model.train()
        self._step.fill_(step)
        return self._update(pixels, labels)

    def _update(self, pixels: Tensor, labels: Tensor) -> Tensor:
        """Do what a step does on the device: forward, backward, Adam."""
        for dropout in self._dropouts:
            dropout.call = 0
        with _tf32(self._precision == "tf32"):
            with torch.autocast(
                "cuda", torch.bfloat16, enabled=self._precision == "bf16", cache_enabled=False
            ):
                logits = self.model(augment.to_network_input(pixels)).float()
            loss = F.cross_entropy(self._loss_input(logits), labels)
            self._optimiser.zero_grad(set_to_none=self._new_gradients)
            loss.backward()
        self._optimiser.step()
        return loss.detach()

    def gradient_vanishes(self) -> bool:
        """Whether no weight of the last step's gradient reaches Adam's epsilon of 1e-8.

        Below it the weights stand still: a saturated double softmax gives gradients of exactly
        zero, or of 1e-20 where one image of the batch is not quite saturated.
        """
        epsilon = self._optimiser.defaults["eps"]
        gradients = [p.grad for p in self.model.parameters() if p.grad is not None]
        return all(bool((gradient.abs() < epsilon).all()) for gradient in gradients)

    def validator(self) -> Callable[[Iterator[Tensor], Tensor], tuple[Tensor, Tensor]]:
        """Return a function that validates the network as it is, until the next training step.

        Returns
        -------
        callable
            Takes the cutouts of a pass in batches (uint8 [n, 150, 150]) and all N labels; gives
            each image's loss (float64 [N]) and predicted class (int64 [N]). Always fp32.
        """
        network = prepare(self.model, self._device)

        @torch.inference_mode()
        def validate(batches: Iterator[Tensor], labels: Tensor) -> tuple[Tensor, Tensor]:
            parts = [network.summarise(augment.to_network_input(pixels)) for pixels in batches]
            summary = Summary.concatenate(parts)
            positions = torch.arange(len(labels), device=labels.device).split(self._batch)
            logits = network.classify(summary, list(positions))
            losses = F.cross_entropy(self._loss_input(logits), labels, reduction="none")
            return losses.double(), logits.argmax(1)

        return validate

    def weights(self) -> dict[str, Tensor]:
        """Return a copy of the network's state on the CPU, in torch's plain layout."""
        state = self.model.state_dict()
        return {
            name: value.detach().to("cpu", copy=True).contiguous() for name, value in state.items()
        }

    def tensors(self) -> dict[str, Tensor]:
        """Return everything that the next step depends on, on the CPU."""
        found = {f"model.{name}": value for name, value in self.weights().items()}
        for name, parameter in self.model.named_parameters():
            for key, value in self._optimiser.state[parameter].items():
                found[f"adam.{key}.{name}"] = value.to("cpu", copy=True).contiguous()
        return found

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Take up the state that :meth:`tensors` gave."""
        prefix = "model."
        self.model.load_state_dict(
            {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}
        )
        for name, parameter in self.model.named_parameters():
            for key in ("step", "exp_avg", "exp_avg_sq"):
                saved = tensors.get(f"adam.{key}.{name}")
                if saved is not None:  # a weight without gradient has none
                    own = torch.zeros((), device=parameter.device)
                    own = own if key == "step" else torch.empty_like(parameter)
                    self._optimiser.state[parameter][key] = own.copy_(saved).detach()
