# Makes training.json beside it, with PyTorch alone: python3 training.py (made with torch 1.13; no test runs it).
import json, os, torch
from torch import nn

N, SIDE, SEED = 8, 4, 5
images = torch.tensor([[((7 * i + 3 * p) % 11) / 10 for p in range(SIDE * SIDE)] for i in range(N)]).view(N, 1, SIDE, SIDE)


class Linear(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.decoder = nn.Linear(16, 2), nn.Linear(2, 16)

    def forward(self, x):
        return self.decoder(self.encoder(x.flatten(1))).view_as(x)

    def loss(self, x):
        return nn.functional.mse_loss(self(x), x)


class Convolutional(Linear):
    def __init__(self):
        nn.Module.__init__(self)
        self.encoder, self.decoder = nn.Conv2d(1, 2, 2, 2), nn.ConvTranspose2d(2, 1, 2, 2)

    def forward(self, x):
        return self.decoder(torch.relu(self.encoder(x)))


class Vae(nn.Module):
    def __init__(self):
        super().__init__()
        self.mean, self.logvar, self.decoder = nn.Linear(16, 2), nn.Linear(16, 2), nn.Linear(2, 16)

    def forward(self, x):
        return self.decoder(self.mean(x.flatten(1))).view_as(x)

    def loss(self, x):
        mean, logvar = self.mean(x.flatten(1)), self.logvar(x.flatten(1))
        drawn = torch.distributions.Normal(mean, (logvar / 2).exp())
        z = mean + torch.randn(mean.shape) * drawn.scale
        kl = torch.distributions.kl_divergence(drawn, torch.distributions.Normal(0., 1.)).sum(1).mean()
        return nn.functional.mse_loss(self.decoder(z).view_as(x), x) + 0.5 * kl / 16


def flat(model):
    return [float(v) for v in nn.utils.parameters_to_vector(model.parameters())]


def run(kind, optimizer, epochs, decay=0.0):
    torch.manual_seed(SEED)
    model = kind()
    initial = flat(model)
    made = {"Adam": lambda p: torch.optim.Adam(p, 0.01, weight_decay=decay), "AdamW": lambda p: torch.optim.AdamW(p, 0.01, weight_decay=decay),
            "Sgd": lambda p: torch.optim.SGD(p, 0.01, momentum=0.9, weight_decay=decay)}[optimizer](model.parameters())
    for _ in range(epochs):
        loss = model.loss(images[torch.randperm(N)])
        made.zero_grad()
        loss.backward()
        made.step()
    with torch.no_grad():
        error = nn.functional.mse_loss(model(images), images)
    return {"architecture": kind.__name__, "optimizer": optimizer, "epochs": epochs, "weightDecay": decay, "initial": initial,
            "weights": flat(model), "trainingLoss": float(loss), "reconstructionError": float(error)}


cases = [run(Linear, "Adam", 1), run(Linear, "Adam", 3, 0.1), run(Linear, "AdamW", 3, 0.1), run(Linear, "Sgd", 3, 0.1), run(Convolutional, "Adam", 3),
         run(Convolutional, "Sgd", 1), run(Vae, "Adam", 1), run(Vae, "Adam", 3)]
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "training.json"), "w") as file:
    json.dump({"torch": torch.__version__, "seed": SEED, "learningRate": 0.01, "momentum": 0.9, "beta": 0.5, "cases": cases}, file)
    file.write("\n")
