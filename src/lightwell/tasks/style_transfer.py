"""Style transfer: the network stays as it is, and the picture learns."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from lightwell.data.content_and_style import read_picture
from lightwell.losses.style import StyleLoss, Terms
from lightwell.processes import added_up, gathered
from lightwell.style.artwork import Artwork
from lightwell.style.canvas import Canvas, KeptColours
from lightwell.style.measured import Measured, mean_figures
from lightwell.style.memory import fitting_tile
from lightwell.style.objective import Objective
from lightwell.tasks.scheduled import Scheduled

BLOWN_UP = 2.0  # times the best loss so far: no way leads back from there
RECOVERY = 1.25  # of the steps' length, after each step that went well


class StyleTransfer(Scheduled):
    """Paints photographs as paintings are (Gatys, Ecker and Bethge, 2016); its parameters are the pictures.

    The best picture so far is kept. Where the loss blows up, the picture goes back to it and goes on with smaller
    steps. Several artworks are shared out among the processes; each is painted as it would be alone.

    Args:
        model: A `FeatureNetwork`, which does not change.
        loss: A `StyleLoss` whose layers are the network's.
        artworks: What is to be painted.
        start: What the pictures start from: `content`, `noise`, or a picture's file.
        keep_colours: Of the photograph: `luminance`, `histogram` or null.
        scales: On how many scales the pictures are looked at, coarse to fine: of 3, at a quarter of their size during
            the first third of the epochs, at half of it during the second, and then whole.
        tile: The side of the tiles in which a picture is looked at, in pixels, which saves memory and changes nothing
            else; `auto` takes the whole picture where it fits in the memory that is free, null always.
        seed: What noise is drawn from.
        schedule_options: The arguments of `Scheduled`.
    """

    inputs = "content and style"
    outputs = ("picture",)

    def __init__(
        self,
        *,
        model: nn.Module,
        loss: StyleLoss,
        artworks: list[Artwork],
        start: str = "content",
        keep_colours: KeptColours | None = None,
        scales: int = 1,
        tile: int | Literal["auto"] | None = "auto",
        seed: int = 0,
        **schedule_options: Any,
    ):
        super().__init__(**schedule_options)
        self.strict_loading = False  # a checkpoint holds the pictures, and not the network
        self.model = model
        self.loss = loss
        self.keep_colours = keep_colours
        self.canvases = [Canvas(artwork, keep_colours) for artwork in artworks]
        self.scales = scales
        self.tile = tile
        self.starts = [self._start(start, canvas, seed, number) for number, canvas in enumerate(self.canvases)]
        self.pictures = nn.ParameterList([nn.Parameter(values.clone()) for values in self.starts])
        for number, values in enumerate(self.starts):
            self.register_buffer(f"best_{number}", values.clone())
        self.best_loss: Tensor
        self.caution: Tensor
        self.steps_back: Tensor
        self.scale: Tensor
        self.register_buffer("best_loss", torch.full((len(artworks),), torch.inf))
        self.register_buffer("caution", torch.ones(len(artworks)))  # a factor on each picture's steps
        self.register_buffer("steps_back", torch.zeros(len(artworks), dtype=torch.int64))
        self.register_buffer("scale", torch.tensor(-1))  # the one under way; 0 is the coarsest
        self.objectives: dict[tuple[int, int], Objective] = {}
        self.measured: list[Measured] = []

    @staticmethod
    def _start(start: str, canvas: Canvas, seed: int, number: int) -> Tensor:
        content = canvas.artwork.content
        if start == "noise":
            return canvas.noise(seed, number)
        if start == "content":
            return canvas.values(content)
        picture = read_picture("task.start", Path(start).expanduser(), max(content.shape), known=("content", "noise"))
        return canvas.values(functional.interpolate(picture[None], content.shape[-2:], mode="bilinear")[0])

    def learned(self) -> list[dict[str, Any]]:
        """Each picture, as a group of its own."""
        return [{"params": [picture]} for picture in self.pictures]

    def try_sizes(self) -> None:
        """Look at blank pictures as small as the smallest, up to a size that is never too small.

        Raises:
            ValueError: When that is too small for the network.
        """
        layers = {**self.loss.content_layers, **self.loss.style_layers}
        for canvas in self.canvases:
            height, width = (min(side, 128) >> (self.scales - 1) for side in canvas.artwork.content.shape[-2:])
            self.model(torch.zeros(1, 3, max(1, height), max(1, width)), layers)

    def best(self, number: int) -> Tensor:
        """The best values so far of an artwork."""
        return self.get_buffer(f"best_{number}")

    @property
    def mine(self) -> range:
        """The numbers of the artworks that this process looks at."""
        return range(self.trainer.global_rank, len(self.canvases), self.trainer.world_size)

    def objective(self, number: int, halvings: int = 0) -> Objective:
        """An artwork's objective at its size or, halved so many times, at a smaller one; made once."""
        if (number, halvings) not in self.objectives:
            # Lightning tests in inference mode, whose tensors could have no gradient afterwards.
            with torch.inference_mode(False), torch.autocast(self.device.type, enabled=False):
                content, styles = self.canvases[number].targets(halvings, self.device)
                tile = fitting_tile(self.model, self.loss, content) if self.tile == "auto" else self.tile
                self.objectives[number, halvings] = Objective(self.model, self.loss, content, styles, tile=tile)
        return self.objectives[number, halvings]

    def on_train_epoch_start(self) -> None:
        """Look closer, if it is time to."""
        scale = self.scales * self.current_epoch // (self.trainer.max_epochs or 1)
        if scale == int(self.scale):
            return
        self.scale.fill_(scale)
        self.objectives.clear()
        for number in range(len(self.pictures)):
            self._go_back(number)
        self.best_loss.fill_(torch.inf)  # that was another scale's
        self.caution.fill_(1.0)

    def training_step(self, batch: int, batch_idx: int) -> Tensor:
        """The pictures' mean loss; the gradient in each is that of the picture's own loss."""
        losses, slopes = self._look(self.mine)
        blown_up = ~(losses <= BLOWN_UP * self.best_loss)  # so it is where the loss is no number
        if blown_up.any():
            for number in blown_up.nonzero().flatten().tolist():
                self._go_back(number)
            again, slopes_again = self._look(number for number in self.mine if blown_up[number])
            losses, slopes = torch.where(blown_up, again, losses), slopes | slopes_again
        for number in (losses < self.best_loss).nonzero().flatten().tolist():
            self.best(number).copy_(self.pictures[number].detach())
        self.best_loss = torch.fmin(losses, self.best_loss)
        self.steps_back += blown_up
        self.caution = torch.where(blown_up, self.caution / 2, (RECOVERY * self.caution).clamp(max=1.0))
        self._set_rates()
        self.log("train/loss", losses.mean(), on_step=False, on_epoch=True, batch_size=1, sync_dist=True)
        # Processes take the mean of their gradients, and each picture was looked at by one of them.
        return losses.mean() + self.trainer.world_size * torch.stack(list(slopes.values())).sum()

    def _look(self, numbers: Iterable[int]) -> tuple[Tensor, dict[int, Tensor]]:
        """Every picture's loss, and a zero for each whose gradient is that of the loss."""
        halvings = max(0, self.scales - 1 - int(self.scale))
        losses = torch.zeros_like(self.best_loss)
        slopes = {number: 0 * picture.sum() for number, picture in enumerate(self.pictures)}
        for number in numbers:
            seen = self.canvases[number].seen(self.pictures[number], halvings)
            terms, gradient = self.objective(number, halvings).gradient(seen.detach())
            losses[number] = self.loss(terms)
            slopes[number] = (gradient * (seen - seen.detach())).sum()
        return added_up(self.trainer, losses), slopes

    def _go_back(self, number: int) -> None:
        """Put the best picture in place, and let the optimizer forget how it got there."""
        picture = self.pictures[number]
        with torch.no_grad():
            picture.copy_(self.best(number))
        self.trainer.optimizers[0].state.pop(picture, None)

    def _set_rates(self) -> None:
        """Each picture's learning rate: the schedule's, times its caution."""
        (schedule,) = self.trainer.lr_scheduler_configs
        rates = schedule.scheduler.get_last_lr()
        groups = self.trainer.optimizers[0].param_groups
        for group, rate, caution in zip(groups, rates, self.caution.tolist(), strict=True):
            group["lr"] = rate * caution

    def optimizer_step(self, *arguments: Any, **options: Any) -> None:
        """Keep the pictures within what a file can hold, whatever the optimizer."""
        super().optimizer_step(*arguments, **options)
        with torch.no_grad():
            for picture in self.pictures:
                picture.clamp_(0, 1)

    def validation_step(self, batch: int, batch_idx: int) -> None:
        """Measure the best pictures as they would be saved."""
        self._log("val", [Measured.of(number, self.loss, self.saved_terms(number)) for number in self.mine])

    def test_step(self, batch: int, batch_idx: int) -> None:
        """Measure the best pictures, beside what they started from and beside the paintings themselves."""
        found = []
        for number in self.mine:
            canvas = self.canvases[number]
            start = self._terms(number, canvas.saved(self.starts[number]))
            painting = self._terms(number, canvas.saved(canvas.values(canvas.painting())))
            found.append(Measured.of(number, self.loss, self.saved_terms(number), start=start, painting=painting))
        self.measured = self._log("test", found)

    def _log(self, split: str, found: list[Measured]) -> list[Measured]:
        """Log the mean figures over the artworks of all processes; returns what was measured of each."""
        shares = gathered(self.trainer, found)
        everything = sorted((each for share in shares for each in share), key=lambda each: each.number)
        self.log_dict(
            {f"{split}/{name}": value for name, value in mean_figures(everything).items()}, batch_size=1, sync_dist=True
        )
        return everything

    def saved_terms(self, number: int) -> Terms:
        """The terms of an artwork's best picture as a file would hold it, in 8 bits."""
        return self._terms(number, self.canvases[number].saved(self.best(number)))

    def _terms(self, number: int, picture: Any) -> Terms:
        with torch.autocast(self.device.type, enabled=False):
            return self.objective(number).terms(self.canvases[number].read(picture).to(self.device))

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Leave out the network, which does not change."""
        super().on_save_checkpoint(checkpoint)
        state = checkpoint["state_dict"]
        checkpoint["state_dict"] = {name: value for name, value in state.items() if not name.startswith("model.")}
