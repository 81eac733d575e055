using TorchSharp;
using static TorchSharp.torch;

namespace Engine.Tests.Torch;

/// <summary>Learning rates after each of five epochs, by the schedules' formulas.</summary>
[Collection(SerialCollection.Name)]
public class SchedulerTests
{
    private const double First = 0.4;

    private static readonly Dictionary<string, (Func<optim.Optimizer, optim.lr_scheduler.LRScheduler> Schedule, Func<int, double> Rate)> s_schedules = new()
    {
        ["StepLR"] = (o => optim.lr_scheduler.StepLR(o, 2, 0.5), epoch => First * Math.Pow(0.5, epoch / 2)),
        ["MultiStepLR"] = (o => optim.lr_scheduler.MultiStepLR(o, [1, 4], 0.1), epoch => First * (epoch < 1 ? 1 : epoch < 4 ? 0.1 : 0.01)),
        ["ExponentialLR"] = (o => optim.lr_scheduler.ExponentialLR(o, 0.9), epoch => First * Math.Pow(0.9, epoch)),
        ["LambdaLR"] = (o => optim.lr_scheduler.LambdaLR(o, epoch => 1.0 / (epoch + 1)), epoch => First / (epoch + 1)),
        ["CosineAnnealingLR"] = (o => optim.lr_scheduler.CosineAnnealingLR(o, 8, 0.1), epoch => 0.1 + ((First - 0.1) * (1 + Math.Cos(Math.PI * epoch / 8)) / 2)),
        ["LinearLR"] = (o => optim.lr_scheduler.LinearLR(o, 0.5, 1, 4), epoch => First * (0.5 + (0.5 * Math.Min(epoch, 4) / 4))),
    };

    public static TheoryData<string> Schedules => [.. s_schedules.Keys];

    [Theory]
    [MemberData(nameof(Schedules))]
    public void The_rate_follows_its_formula(string name)
    {
        using var layer = nn.Linear(2, 2);
        using var optimizer = optim.SGD(layer.parameters(), First);
        var schedule = s_schedules[name].Schedule(optimizer);
        for (var epoch = 1; epoch <= 5; epoch++)
        {
            optimizer.step();
            schedule.step();
            Assert.Equal(s_schedules[name].Rate(epoch), optimizer.ParamGroups.Single().LearningRate, 1e-12);
            Assert.Equal(s_schedules[name].Rate(epoch), schedule.get_last_lr().Single(), 1e-12);
        }
    }
}
