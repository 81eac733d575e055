namespace MLNetModelSpace.Tests.Packaging;

/// <summary>The order of the library's rooms, read from what was compiled.</summary>
public class RoomsTests
{
    /// <summary>The lowest first. A room uses those before it.</summary>
    private static readonly string[] s_order =
    [
        "Numerics", "Interop", "Images", "Architectures", "Plans", "Storage", "Training", "Features", "Theory", "Embedding", "Ranking", "Search", "Generation",
        "Catalog",
    ];

    private static readonly RoomDependencies s_types = new(typeof(ModelSpaceCatalog).Assembly.Location);

    [Fact]
    public void NoRoomDependsOnOneAboveIt()
    {
        string[] upwards =
        [
            .. from use in s_types.Uses
               let user = s_types.Rooms[use.User]
               let used = s_types.Rooms[use.Used]
               where Array.IndexOf(s_order, user) < Array.IndexOf(s_order, used)
               orderby use
               select $"{use.User} ({user}) uses {use.Used} ({used})",
        ];
        Assert.True(upwards.Length == 0, string.Join(Environment.NewLine, upwards));
    }

    [Fact]
    public void EveryTypeIsInARoomOfTheOrder() =>
        Assert.Equal([], s_types.Rooms.Where(type => !s_order.Contains(type.Value)).Select(type => $"{type.Key} ({type.Value})"));

    [Fact]
    public void NamespacesFollowRooms() =>
        Assert.Equal(
            [],
            s_types.Rooms
                .Where(type => type.Key[..type.Key.LastIndexOf('.')] is var space && space != "MLNetModelSpace" && space != $"MLNetModelSpace.{type.Value}")
                .Where(type => !type.Key.StartsWith("System.Runtime.CompilerServices.", StringComparison.Ordinal))
                .Select(type => $"{type.Key} ({type.Value})"));

    /// <summary>That the order is one of hundreds of uses, seen in fields, signatures, statements and lambdas, not of a file that could not be read.</summary>
    [Theory]
    [InlineData("MLNetModelSpace.ImageDataset", "MLNetModelSpace.ImageShape")]
    [InlineData("MLNetModelSpace.TrainAutoencoderTransformer", "MLNetModelSpace.ModelSpaceTransformer")]
    [InlineData("MLNetModelSpace.ModelIndex", "MLNetModelSpace.Numerics.FiniteNumbers")]
    public void UsesAreSeen(string user, string used) => Assert.Contains((user, used), s_types.Uses);
}
